namespace Plotune.Mqtt.Client.Session;

/// <summary>What an acknowledgement of the broker answers.</summary>
internal enum AnswerVerdict
{
    /// <summary>A packet of ours: it goes to the client.</summary>
    Awaited,

    /// <summary>Nothing, or an exchange of an earlier connection; allowed.</summary>
    Ignored,

    /// <summary>SUBACK or UNSUBACK with more or fewer codes than filters; a breach of protocol.</summary>
    WrongNumberOfCodes,
}
