namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>One topic filter, the QoS (0 to 2) asked for, and the subscription options of MQTT 5.0.</summary>
public sealed record WorkerTopic(string Filter, int Qos)
{
    /// <summary>Retain Handling, 0 to 2. (default: 0)</summary>
    public int RetainHandling { get; set; }

    /// <summary>
    /// Retain As Published. The retain flag then says what the publisher set, so that samples of live messages it published as retained are marked as
    /// retained, too; nothing in the protocol tells the two apart. (default: off)
    /// </summary>
    public bool RetainAsPublished { get; set; }

    public bool NoLocal { get; set; }
}

/// <summary>A filter the broker's session holds, as <see cref="Plotune.Mqtt.Client.HeldSubscription"/> says.</summary>
public sealed record WorkerHeldTopic(WorkerTopic Topic, bool IsConfirmed);
