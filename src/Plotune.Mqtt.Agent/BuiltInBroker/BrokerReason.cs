namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>Why something was refused or dropped, as the counters' labels name it.</summary>
internal static class BrokerReason
{
    public const string Connections = "connections";
    public const string Clients = "clients";
    public const string Sessions = "sessions";
    public const string Password = "password";
    public const string Origin = "origin";
    public const string ConnectTime = "connect_time";
    public const string Protocol = "protocol";
    public const string PacketSize = "packet_size";
    public const string Subscriptions = "subscriptions";
    public const string Topic = "topic";
    public const string TopicAlias = "topic_alias";
    public const string UnreadAnswers = "unread_answers";
    public const string Queue = "queue";
    public const string QueueTotal = "queue_total";
    public const string Retained = "retained";
}
