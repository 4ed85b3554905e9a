namespace Plotune.Mqtt.Agent.Monitor.Diagnosis;

/// <summary>One step on the way from a broker to the screen.</summary>
/// <param name="Subject">The topic filter of a <see cref="StepKind.SubAck"/>; empty otherwise.</param>
/// <param name="Text">What is so.</param>
/// <param name="Advice">What to do; empty if all is well, or if there is nothing to be done.</param>
internal sealed record DiagnosisStep(StepKind Kind, StepState State, string Text, string Advice = "", string Subject = "")
{
    /// <summary>The step in the API's words.</summary>
    public string Name => NameOf(Kind);

    /// <summary>Its state in the API's words.</summary>
    public string StateName => State switch
    {
        StepState.Ok => "ok",
        StepState.Failed => "failed",
        StepState.Waiting => "waiting",
        _ => "skipped",
    };

    private static string NameOf(StepKind kind) => kind switch
    {
        StepKind.Name => "name",
        StepKind.Tcp => "tcp",
        StepKind.Tls => "tls",
        StepKind.ConnAck => "connack",
        StepKind.SubAck => "suback",
        StepKind.Message => "message",
        StepKind.Decoded => "decoded",
        StepKind.Signals => "signals",
        _ => "viewers",
    };
}

/// <summary>The steps, in their order.</summary>
internal enum StepKind
{
    /// <summary>The connection is to be made, and the host's name is known.</summary>
    Name,

    /// <summary>Something accepts connections there; a proxy on the way is a part of this.</summary>
    Tcp,

    /// <summary>The TLS handshake.</summary>
    Tls,

    /// <summary>The broker accepts us; a WebSocket before that is a part of this.</summary>
    ConnAck,

    /// <summary>The broker accepts a topic filter; one step for each.</summary>
    SubAck,

    /// <summary>A message comes.</summary>
    Message,

    /// <summary>Its payload is understood.</summary>
    Decoded,

    /// <summary>Its values are signals.</summary>
    Signals,

    /// <summary>Somebody watches them.</summary>
    Viewers,
}

/// <summary>How a step stands.</summary>
internal enum StepState
{
    /// <summary>All is well.</summary>
    Ok,

    /// <summary>Something is wrong, and somebody has to do something about it, or wait for another attempt.</summary>
    Failed,

    /// <summary>Nothing is wrong so far, and nothing has come so far.</summary>
    Waiting,

    /// <summary>It was not reached, or there is no such step here.</summary>
    Skipped,
}
