namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>Redis cannot be used for now; the message is a sentence a person can act on, and holds no secret.</summary>
internal sealed class RedisUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
