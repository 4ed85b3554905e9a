namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>Why a message can never be published.</summary>
/// <param name="Reason">Name of the reason code or local fault.</param>
/// <param name="Sentence">The same for a person.</param>
internal readonly record struct Refusal(string Reason, string Sentence)
{
    private const int MaximumReason = 100;
    private const int MaximumSentence = 1000;

    /// <summary>Cuts what a broker has made too long.</summary>
    public Refusal Shortened() => new(Cut(Reason, MaximumReason), Cut(Sentence, MaximumSentence));

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
