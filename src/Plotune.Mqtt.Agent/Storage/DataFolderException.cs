namespace Plotune.Mqtt.Agent.Storage;

/// <summary>The data folder cannot be used; the message says why and what to do.</summary>
internal sealed class DataFolderException(string message, Exception? innerException = null) : Exception(message, innerException);
