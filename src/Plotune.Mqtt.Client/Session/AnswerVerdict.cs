namespace Plotune.Mqtt.Client.Session;

/// <summary>What an acknowledgement of the broker answers.</summary>
internal enum AnswerVerdict
{
    /// <summary>A packet of ours: it goes to the client.</summary>
    Awaited,

    /// <summary>Nothing, or an exchange of an earlier connection; allowed.</summary>
    Ignored,

    /// <summary>PUBREC for a message that is released already, or that we do not know: PUBREL ends its exchange, whatever it was [MQTT-4.3.3-4].</summary>
    UnawaitedPubRec,

    /// <summary>Not the packet that the PUBLISH under this identifier asks for (MQTT 5.0, 4.3); a breach of protocol.</summary>
    OfAnotherKind,

    /// <summary>SUBACK or UNSUBACK with more or fewer codes than filters; a breach of protocol.</summary>
    WrongNumberOfCodes,
}
