using StackExchange.Redis;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>Redis refused a transaction as a whole, because of one of its commands; nothing was done.</summary>
internal sealed class TransactionRefusedException(RedisServerException reason) : Exception(reason.Message, reason);
