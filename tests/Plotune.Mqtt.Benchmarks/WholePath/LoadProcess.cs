using System.Globalization;
using System.Security.Cryptography;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>A <see cref="LoadSource"/> in a process of its own.</summary>
internal sealed class LoadProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private LoadProcess(ChildProcess process, int port, string? certificate)
    {
        _process = process;
        Port = port;
        Certificate = certificate;
    }

    public int Port { get; }

    /// <summary>With TLS, in PEM.</summary>
    public string? Certificate { get; }

    public static async Task<LoadProcess> StartAsync(LoadSettings load, CancellationToken cancellationToken)
    {
        var process = ChildProcess.Start(ChildProcess.Self(["load", .. load.ToArguments()]));
        try
        {
            var port = int.Parse(await process.ReadAsync("listening", cancellationToken), CultureInfo.InvariantCulture);
            var certificate = load.IsTls ? await process.ReadAsync("certificate", cancellationToken) : null;
            return new LoadProcess(process, port, certificate is null ? null : PemEncoding.WriteString("CERTIFICATE", Convert.FromBase64String(certificate)));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes when the messages that count begin.</summary>
    /// <returns>When that was, in seconds since 1970.</returns>
    public async Task<double> FirstAsync(CancellationToken cancellationToken) => double.Parse(await _process.ReadAsync("first", cancellationToken), CultureInfo.InvariantCulture);

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
