using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>TLS settings of a worker; the same members as <see cref="TlsOptions"/>. Holds secrets.</summary>
public sealed record WorkerTls
{
    public string Ca { get; set; } = "";

    public string Certificate { get; set; } = "";

    public string Key { get; set; } = "";

    public string KeyPassword { get; set; } = "";

    public string ServerName { get; set; } = "";

    public TlsVersion MinimumVersion { get; set; }

    public TlsVerification Verify { get; set; }

    public bool CheckRevocation { get; set; }

    public string[] ApplicationProtocols { get; set; } = [];

    public override string ToString() => $"{nameof(WorkerTls)} {{ Verify = {Verify} }}";
}

/// <summary>HTTP proxy of a worker. Holds a secret.</summary>
public sealed record WorkerProxy(string Host, int Port)
{
    public string UserName { get; set; } = "";

    public string Password { get; set; } = "";

    public override string ToString() => $"{nameof(WorkerProxy)} {{ {Host}:{Port} }}";
}

/// <summary>A request header of a WebSocket. Its value is a secret.</summary>
public sealed record WorkerHeader(string Name, string Value)
{
    public override string ToString() => Name;
}

/// <summary>The Will of a worker's connection.</summary>
public sealed record WorkerWill(string Topic, string Payload)
{
    public int Qos { get; set; }

    public bool Retain { get; set; }

    /// <summary>Will Delay Interval. (default: 0)</summary>
    public int DelaySeconds { get; set; }
}
