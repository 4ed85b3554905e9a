using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>A real nats-server with its MQTT listener, on a port it chose itself; it can be stopped and started again on the same port.</summary>
internal sealed partial class NatsProcess : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plotune-nats-").FullName;
    private Process? _process;

    public int Port { get; private set; } = -1;

    private string LogFile => Path.Combine(_folder, "nats.log");

    public static async Task<NatsProcess> StartAsync()
    {
        var server = new NatsProcess();
        await server.StartAgainAsync();
        return server;
    }

    public async Task StartAgainAsync()
    {
        var configuration = Path.Combine(_folder, "nats.conf");
        await File.WriteAllTextAsync(
            configuration,
            $"server_name: one\nlisten: \"127.0.0.1:-1\"\nlog_file: \"{LogFile}\"\njetstream {{ store_dir: \"{_folder}/store\" }}\nmqtt {{ listen: \"127.0.0.1:{Port}\" }}\n");
        File.Delete(LogFile);
        // Debian keeps it in /usr/sbin, which is not on everybody's PATH.
        var path = File.Exists("/usr/sbin/nats-server") ? "/usr/sbin/nats-server" : "nats-server";
        _process = Process.Start(new ProcessStartInfo(path, ["-c", configuration])) ?? throw new InvalidOperationException("nats-server did not start");
        await Eventually.ThatAsync("nats-server listens for MQTT clients", () => !_process.HasExited && FindPort());
    }

    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            if (!process.HasExited)
                Assert.Equal(0, Signals.Kill(process.Id, Signals.Kill9));
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [GeneratedRegex(@"Listening for MQTT clients on \S+:(\d+)[\s\S]*Server is ready")]
    private static partial Regex Ready();

    private bool FindPort()
    {
        if (!File.Exists(LogFile) || Ready().Match(File.ReadAllText(LogFile)) is not { Success: true } match)
            return false;
        Port = int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        return true;
    }
}
