namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>The source of a variable cannot be reached, or is lost; it is tried again. The message is a sentence for a person.</summary>
internal sealed class SourceException(string message, Exception? innerException = null) : Exception(message, innerException);
