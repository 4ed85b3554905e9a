namespace Plotune.Mqtt.Client.Receive;

/// <summary>Takes the broker's answers to what we publish out of the lane. Called on the lane's thread; must not block.</summary>
internal interface IPublishAnswers
{
    /// <summary>Whether the broker owes an answer, or has yet to take what is being written. Any thread.</summary>
    bool AreAwaited { get; }

    /// <summary>A well-formed PUBACK, PUBREC or PUBCOMP has come.</summary>
    /// <param name="body">What follows the fixed header; valid during the call.</param>
    /// <returns>Null unless the packet breaks the protocol.</returns>
    ProtocolViolation? Answered(PacketType type, ReadOnlySpan<byte> body);
}
