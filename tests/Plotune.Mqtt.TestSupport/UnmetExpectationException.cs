namespace Plotune.Mqtt.TestSupport;

/// <summary>What a test waited for did not happen; the message says what, and what happened instead.</summary>
public sealed class UnmetExpectationException : Exception
{
    public UnmetExpectationException(string message)
        : base(message)
    {
    }

    public UnmetExpectationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
