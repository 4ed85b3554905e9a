using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>Real servers of a measurement, on ports of this computer.</summary>
internal static class Servers
{
    public static int ChoosePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <param name="folder">For its configuration.</param>
    public static ChildProcess StartMosquitto(string folder, int port)
    {
        var configuration = Path.Combine(folder, "mosquitto.conf");
        File.WriteAllText(configuration, $"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nlog_dest none\n");
        return ChildProcess.Start(new ProcessStartInfo(File.Exists("/usr/sbin/mosquitto") ? "/usr/sbin/mosquitto" : "mosquitto", ["-c", configuration]));
    }

    /// <param name="folder">For its log. It keeps nothing when it ends.</param>
    public static ChildProcess StartRedis(string folder, int port) =>
        ChildProcess.Start(new ProcessStartInfo("redis-server", ["--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--logfile", Path.Combine(folder, "redis.log")]));
}
