using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>One run of the packaged executable.</summary>
internal sealed class PackagedAgent : IAsyncDisposable
{
    private const string Connection = "load";

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);
    private static readonly string[] Variables = ["PLOTUNE_MQTT_DATA", "PLOTUNE_MQTT_TOKEN", "USE_AVAILABLE_PORT", "SERVER_PORT"];

    private readonly DirectoryInfo? _ownData;
    private readonly ChildProcess _process;
    private readonly HttpClient _http = new();
    private bool _isStopped;

    private PackagedAgent(DirectoryInfo? ownData, ChildProcess process)
    {
        _ownData = ownData;
        _process = process;
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => _http.BaseAddress!;

    /// <summary>Processor time of the agent alone, without its workers.</summary>
    public TimeSpan ProcessorTime => _process.ProcessorTime;

    /// <summary>The agent, then its workers.</summary>
    public IReadOnlyList<ProcessUse> Processes => ProcessUse.OfTree(_process.Id);

    /// <summary>Of the agent and its workers.</summary>
    public ProcessorTime TotalProcessorTime => WholePath.ProcessorTime.OfTree(_process.Id);

    /// <param name="data">Its data folder, for more than one run; stays the caller's. Null for a new one, which goes in the end.</param>
    public static async Task<PackagedAgent> StartAsync(string executable, CancellationToken cancellationToken, string? data = null)
    {
        var ownData = data is null ? Directory.CreateTempSubdirectory("plotune-benchmark-") : null;
        var start = new ProcessStartInfo(executable, ["--standalone", "--port", "0", "--data", data ?? ownData!.FullName]);
        foreach (var variable in Variables)
        {
            start.Environment.Remove(variable);
        }

        // What goes wrong is seen on the console, what goes well is not.
        start.Environment["PLOTUNE_MQTT_LOG"] = "warning";
        PackagedAgent agent;
        try
        {
            agent = new PackagedAgent(ownData, ChildProcess.Start(start));
        }
        catch
        {
            ownData?.Delete();
            throw;
        }

        try
        {
            agent._http.BaseAddress = new Uri(await agent._process.ReadAsync("Plotune MQTT extension listens on", cancellationToken));
            return agent;
        }
        catch
        {
            await agent.DisposeAsync();
            throw;
        }
    }

    /// <summary>Subscribes at the broker behind <paramref name="port"/>.</summary>
    /// <param name="certificate">With TLS, the broker's in PEM.</param>
    public Task ConnectAsync(int port, int qos, CancellationToken cancellationToken, string connection = Connection, string? certificate = null) => PutAsync(
        $"api/connections/{connection}",
        new { host = "127.0.0.1", port, transport = certificate is null ? "tcp" : "tls", tls = new { ca = certificate ?? "" }, protocol = "3.1.1", topics = new[] { new { filter = "plotune/#", qos } } },
        cancellationToken);

    public async Task PutAsync(string route, object settings, CancellationToken cancellationToken)
    {
        using var answer = await _http.PutAsJsonAsync(route, settings, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"The agent refused the settings: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        }
    }

    public async Task PostAsync(string route, object body, CancellationToken cancellationToken)
    {
        using var answer = await _http.PostAsJsonAsync(route, body, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"The agent refused {route}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        }
    }

    /// <summary>Waits until it answers that it is well.</summary>
    public async Task ExpectHealthyAsync(CancellationToken cancellationToken) => (await _http.GetAsync("health", cancellationToken)).EnsureSuccessStatusCode();

    /// <summary>Waits until so many messages wait to be published.</summary>
    public async Task WaitForQueuedAsync(string connection, long messages, CancellationToken cancellationToken)
    {
        while ((await GetStateAsync(connection, cancellationToken)).GetProperty("outbound").GetProperty("depth").GetInt64() < messages) await Task.Delay(10, cancellationToken);
    }

    /// <summary>A socket that gets a signal's samples.</summary>
    public Task<ClientWebSocket> ViewAsync(string signal, CancellationToken cancellationToken) => OpenAsync($"fetch/{signal}", cancellationToken);

    public async Task<ClientWebSocket> OpenAsync(string route, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(new Uri(Address, route)) { Scheme = "ws" }.Uri, cancellationToken);
        return socket;
    }

    /// <summary>Waits until the connection's counter, which lags behind, shows that no message was lost.</summary>
    public async Task ExpectReceivedAsync(long messages, CancellationToken cancellationToken)
    {
        long received = 0;
        for (var attempt = 0; attempt < 50; attempt++)
        {
            received = await GetReceivedAsync(Connection, cancellationToken);
            if (received == messages)
            {
                return;
            }

            await Task.Delay(100, cancellationToken);
        }

        throw new InvalidOperationException($"The agent has received {received} messages of {messages}.");
    }

    /// <summary>Messages that a connection has received, as last told by its worker.</summary>
    public async Task<long> GetReceivedAsync(string connection, CancellationToken cancellationToken) =>
        (await GetStateAsync(connection, cancellationToken)).GetProperty("received").GetInt64();

    /// <summary>Waits until the connection stands.</summary>
    public async Task ExpectConnectedAsync(CancellationToken cancellationToken, string connection = Connection)
    {
        while ((await GetStateAsync(connection, cancellationToken)).GetProperty("status").GetString() != "connected") await Task.Delay(10, cancellationToken);
    }

    /// <summary>Asks it to stop, and waits until it has.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        (await _http.GetAsync("stop", cancellationToken)).EnsureSuccessStatusCode();
        await _process.WaitForExitAsync(StopLimit);
        _isStopped = true;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
        // A worker of an agent that was killed may hold on to the folder for a moment.
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                _ownData?.Delete(recursive: true);
                return;
            }
            catch (IOException) when (!_isStopped && attempt < 20)
            {
                await Task.Delay(100);
            }
        }
    }

    private async Task<JsonElement> GetStateAsync(string connection, CancellationToken cancellationToken) =>
        (await _http.GetFromJsonAsync<JsonElement>($"api/connections/{connection}", cancellationToken)).GetProperty("state");
}
