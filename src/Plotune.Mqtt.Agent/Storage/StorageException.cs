namespace Plotune.Mqtt.Agent.Storage;

/// <summary>Something could not be stored for now: a full disk, a read-only file system, a damaged file. What was to be stored is still in memory.</summary>
internal sealed class StorageException(string message, Exception? innerException = null) : Exception(message, innerException);
