using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Plotune.Mqtt.TestSupport;

/// <summary>A real redis-server with a folder of its own, on a port the system chose; it can be stopped, killed, paused, and started again on the same port.</summary>
public sealed partial class RedisProcess : IAsyncDisposable
{
    private const int Terminate = 15;
    private const int Pause = 19;
    private const int Continue = 18;

    private readonly string _folder = Directory.CreateTempSubdirectory("plotune-redis-").FullName;
    private readonly string _configuration;
    private readonly bool _speaksTls;
    private Process? _process;

    private RedisProcess(string configuration, bool speaksTls)
    {
        _configuration = configuration;
        _speaksTls = speaksTls;
    }

    public int Port { get; private set; }

    public string Log
    {
        get
        {
            string file = Path.Combine(_folder, "redis.log");
            return File.Exists(file) ? File.ReadAllText(file) : "(no log)";
        }
    }

    /// <param name="configuration">Lines of redis.conf; <c>{folder}</c> stands for its folder. The default keeps nothing when it ends.</param>
    /// <param name="tls">Certificate, key and authority as PEM; the port then speaks TLS alone and asks for no client certificate unless the configuration says so.</param>
    public static async Task<RedisProcess> StartAsync(CancellationToken cancellationToken, string configuration = "save \"\"\n", (string Certificate, string Key, string Authority)? tls = null)
    {
        var redis = new RedisProcess(configuration + (tls is null ? "" : "tls-cert-file {folder}/cert.pem\ntls-key-file {folder}/key.pem\ntls-ca-cert-file {folder}/ca.pem\n"), tls is not null);
        try
        {
            if (tls is { } files)
            {
                await File.WriteAllTextAsync(Path.Combine(redis._folder, "cert.pem"), files.Certificate, cancellationToken);
                await File.WriteAllTextAsync(Path.Combine(redis._folder, "key.pem"), files.Key, cancellationToken);
                await File.WriteAllTextAsync(Path.Combine(redis._folder, "ca.pem"), files.Authority, cancellationToken);
            }

            // Between choosing a port and redis-server binding it another process may take it: then choose again.
            for (int attempt = 0; ; attempt++)
            {
                redis.Port = ChoosePort();
                if (await redis.TryStartAsync(cancellationToken)) return redis;
                if (attempt == 5) throw new UnmetExpectationException($"redis-server did not start: {redis.Log}");
            }
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    /// <summary>On the same port, with what it kept.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 0; !await TryStartAsync(cancellationToken); attempt++)
        {
            if (attempt == 50) throw new UnmetExpectationException($"redis-server did not start again: {Log}");
        }
    }

    /// <summary>SIGTERM: Redis saves what it is to keep.</summary>
    public Task StopAsync() => EndAsync(process => Send(process, Terminate));

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => EndAsync(process => process.Kill());

    public void Freeze() => Send(_process!, Pause);

    public void Thaw() => Send(_process!, Continue);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static int ChoosePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);

    private static void Send(Process process, int signal)
    {
        if (SendSignal(process.Id, signal) != 0) throw new InvalidOperationException($"Signal {signal} could not be sent to redis-server.");
    }

    private async Task<bool> TryStartAsync(CancellationToken cancellationToken)
    {
        string file = Path.Combine(_folder, "redis.conf");
        string port = _speaksTls ? $"port 0\ntls-port {Port}\ntls-auth-clients no\n" : $"port {Port}\n";
        string text = $"bind 127.0.0.1\n{port}dir {_folder}\ndaemonize no\nlogfile {_folder}/redis.log\n" + _configuration.Replace("{folder}", _folder, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text, cancellationToken);
        File.Delete(Path.Combine(_folder, "redis.log"));
        _process = Process.Start(new ProcessStartInfo("redis-server", [file])) ?? throw new InvalidOperationException("redis-server did not start");
        await Eventually.TrueAsync("redis-server is ready, or has ended", () => _process.HasExited || Log.Contains("Ready to accept connections", StringComparison.Ordinal), cancellationToken, state: () => Log);
        if (!_process.HasExited) return true;
        await KillAsync();
        return false;
    }

    private async Task EndAsync(Action<Process> end)
    {
        if (_process is not { } process) return;
        _process = null;
        if (!process.HasExited) end(process);
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
