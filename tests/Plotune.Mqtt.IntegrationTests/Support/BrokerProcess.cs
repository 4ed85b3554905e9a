using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>A real mosquitto with a configuration and a folder of its own, on a port the system chose; it can be stopped, killed and started again on the same port.</summary>
internal sealed class BrokerProcess : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plotune-broker-").FullName;
    private readonly string _extraConfiguration;
    private string[] _clientOptions = [];
    private Process? _process;

    private BrokerProcess(string extraConfiguration) => _extraConfiguration = extraConfiguration;

    public int Port { get; private set; }

    /// <summary>The authority that made the certificate of a broker with TLS.</summary>
    public string AuthorityPath => Path.Combine(_folder, "ca.pem");

    /// <summary>What mosquitto_pub and mosquitto_sub need to reach it.</summary>
    public IReadOnlyList<string> ClientArguments => ["-h", "127.0.0.1", "-p", $"{Port}", .. _clientOptions];

    public static async Task<BrokerProcess> StartAsync(string extraConfiguration = "allow_anonymous true\n")
    {
        var broker = new BrokerProcess(extraConfiguration);
        await broker.StartOnFreePortAsync();
        return broker;
    }

    /// <summary>A broker that takes one user and nobody else.</summary>
    public static async Task<BrokerProcess> StartWithPasswordAsync(string user, string password)
    {
        var broker = new BrokerProcess("allow_anonymous false\npassword_file {folder}/passwords\n");
        var passwords = Path.Combine(broker._folder, "passwords");
        await File.WriteAllTextAsync(passwords, "");
        await RunAsync("mosquitto_passwd", "-b", passwords, user, password);
        await broker.StartOnFreePortAsync();
        return broker;
    }

    /// <summary>
    /// A broker that refuses subscriptions but for <paramref name="allowed"/>, by the plugin that comes with mosquitto: its access control file is for
    /// messages alone, and every SUBSCRIBE is granted.
    /// </summary>
    public static async Task<BrokerProcess> StartWithSubscriptionRulesAsync(params string[] allowed)
    {
        // Debian has a folder per architecture.
        var plugin = Directory.GetDirectories("/usr/lib").Append("/usr/lib").Select(folder => Path.Combine(folder, "mosquitto_dynamic_security.so")).First(File.Exists);
        var broker = new BrokerProcess($"allow_anonymous true\nplugin {plugin}\nplugin_opt_config_file {{folder}}/rules.json\n");
        await broker.AllowSubscriptionsAsync(allowed);
        await broker.StartOnFreePortAsync();
        return broker;
    }

    /// <summary>Other rules for a broker that has such, from its next start on.</summary>
    public Task AllowSubscriptionsAsync(params string[] filters) => WriteFileAsync(
        "rules.json",
        new JsonObject
        {
            ["defaultACLAccess"] = new JsonObject { ["publishClientSend"] = true, ["publishClientReceive"] = true, ["subscribe"] = false, ["unsubscribe"] = true },
            ["anonymousGroup"] = "anyone",
            ["groups"] = new JsonArray(new JsonObject { ["groupname"] = "anyone", ["roles"] = new JsonArray(new JsonObject { ["rolename"] = "reader" }) }),
            ["roles"] = new JsonArray(
                new JsonObject
                {
                    ["rolename"] = "reader",
                    ["acls"] = new JsonArray([.. filters.Select(filter => new JsonObject { ["acltype"] = "subscribePattern", ["topic"] = filter, ["allow"] = true })]),
                }),
        }.ToJsonString());

    /// <summary>A broker that speaks TLS alone, with a certificate for 127.0.0.1.</summary>
    public static async Task<BrokerProcess> StartWithTlsAsync()
    {
        var broker = new BrokerProcess("allow_anonymous true\ncertfile {folder}/broker.pem\nkeyfile {folder}/broker.key\n");
        await TestCertificates.WriteAsync(broker._folder, broker.AuthorityPath);
        broker._clientOptions = ["--cafile", broker.AuthorityPath];
        await broker.StartOnFreePortAsync();
        return broker;
    }

    /// <summary>Another certificate, by another authority, from the next start on.</summary>
    public Task RenewCertificateAsync() => TestCertificates.WriteAsync(_folder, AuthorityPath);

    public async Task StartAgainAsync() => await Eventually.ThatAsync("mosquitto is back on its port", TryStartAsync);

    /// <summary>SIGTERM: mosquitto closes its connections and saves what is persistent.</summary>
    public Task StopAsync() => EndAsync(15);

    /// <summary>SIGKILL: the sockets vanish without a word.</summary>
    public Task KillAsync() => EndAsync(9);

    /// <summary>SIGSTOP holds it still with its connections open, SIGCONT lets it go on.</summary>
    public void Signal(int signal) => Assert.Equal(0, Signals.Kill(_process!.Id, signal));

    /// <summary>SIGUSR1: mosquitto saves what is persistent, and goes on.</summary>
    public async Task SaveAsync()
    {
        var file = Path.Combine(_folder, "mosquitto.db");
        File.Delete(file);
        Signal(10);
        // It is written under another name first.
        await Eventually.ThatAsync("mosquitto has saved its sessions", () => File.Exists(file));
    }

    /// <summary>Publishes with mosquitto_pub, one message a line, and waits until the broker has them all.</summary>
    public async Task PublishAsync(string topic, IEnumerable<string> payloads, int qos = 1, bool retain = false)
    {
        using var publisher = Start("mosquitto_pub", PublishArguments(topic, qos, retain, "-l"), redirectInput: true);
        foreach (var payload in payloads)
        {
            await publisher.StandardInput.WriteLineAsync(payload);
        }

        publisher.StandardInput.Close();
        await publisher.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, publisher.ExitCode);
    }

    public Task PublishAsync(string topic, string payload, int qos = 1, bool retain = false) =>
        RunAsync("mosquitto_pub", PublishArguments(topic, qos, retain, "-m", payload));

    public Task PublishFileAsync(string topic, string file) => RunAsync("mosquitto_pub", PublishArguments(topic, 1, false, "-f", file));

    public async ValueTask DisposeAsync()
    {
        await EndAsync(9);
        Directory.Delete(_folder, recursive: true);
    }

    private string[] PublishArguments(string topic, int qos, bool retain, params string[] more) =>
        [.. ClientArguments, "-t", topic, "-q", $"{qos}", .. retain ? ["-r"] : Array.Empty<string>(), .. more];

    private static int ChoosePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task StartOnFreePortAsync()
    {
        // Between choosing a port and mosquitto binding it another process may take it: then choose again.
        for (var attempt = 0; ; attempt++)
        {
            Port = ChoosePort();
            if (await TryStartAsync())
            {
                return;
            }

            Assert.True(attempt < 5, "mosquitto did not start: " + Log());
        }
    }

    private async Task<bool> TryStartAsync()
    {
        var configuration = Path.Combine(_folder, "mosquitto.conf");
        await File.WriteAllTextAsync(
            configuration,
            $"listener {Port} 127.0.0.1\npersistence true\npersistence_location {_folder}/\nuser {Environment.UserName}\nmax_queued_messages 0\n"
            + $"log_dest file {_folder}/mosquitto.log\n" + _extraConfiguration.Replace("{folder}", _folder, StringComparison.Ordinal));
        _process = Start("mosquitto", ["-c", configuration]);
        var deadline = Stopwatch.StartNew();
        while (!_process.HasExited && deadline.Elapsed < TimeSpan.FromSeconds(60))
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, Port);
                return true;
            }
            catch (SocketException)
            {
                await Eventually.PauseAsync();
            }
        }

        await EndAsync(9);
        return false;
    }

    private Task WriteFileAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(_folder, name), text);

    private async Task EndAsync(int signal)
    {
        if (_process is { } process)
        {
            _process = null;
            if (!process.HasExited)
            {
                Assert.Equal(0, Signals.Kill(process.Id, signal));
            }

            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    private string Log()
    {
        var log = Path.Combine(_folder, "mosquitto.log");
        return File.Exists(log) ? File.ReadAllText(log) : "(no log)";
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    private static Process Start(string program, string[] arguments, bool redirectInput = false)
    {
        // Debian keeps mosquitto itself in /usr/sbin, which is not on everybody's PATH.
        var path = File.Exists("/usr/sbin/" + program) ? "/usr/sbin/" + program : program;
        return Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardInput = redirectInput })
            ?? throw new InvalidOperationException($"{program} did not start");
    }
}
