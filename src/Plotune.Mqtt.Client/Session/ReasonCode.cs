namespace Plotune.Mqtt.Client.Session;

/// <summary>A reason code of one kind of packet.</summary>
/// <param name="Name">As in the specification, in Pascal case.</param>
/// <param name="Sentence">A sentence a person can act on.</param>
internal sealed record ReasonCode(byte Code, string Name, string Sentence, ReasonClass Class);
