using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>The agent as its users run it: a process of its own, with a data folder of its own.</summary>
internal sealed partial class AgentProcess : IAsyncDisposable
{
    private readonly StringBuilder _output = new();
    private readonly Process _process;

    private AgentProcess(Process process) => _process = process;

    public int ProcessId => _process.Id;

    public int ExitCode => _process.ExitCode;

    public int Port { get; private set; }

    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>All the agent has printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts the agent and waits until it answers.</summary>
    public static async Task<AgentProcess> StartAsync(string dataFolder, params string[] arguments)
    {
        var agent = Launch(dataFolder, Installation.Shared, arguments);
        return await agent.ReadyAsync(agent.WaitUntilListeningAsync);
    }

    /// <summary>Returns the agent once it is ready, and leaves no process behind if it never is.</summary>
    public async Task<AgentProcess> ReadyAsync(Func<Task> becomeReady)
    {
        try
        {
            await becomeReady();
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the agent without waiting for anything.</summary>
    public static AgentProcess Launch(string dataFolder, Installation installation, params string[] arguments)
    {
        var start = new ProcessStartInfo(installation.Command, [.. installation.LeadingArguments, .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = installation.Folder,
        };
        start.Environment["PLOTUNE_MQTT_DATA"] = dataFolder;
        var process = Process.Start(start)!;
        var agent = new AgentProcess(process);
        process.OutputDataReceived += (_, line) => agent.Keep(line.Data);
        process.ErrorDataReceived += (_, line) => agent.Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return agent;
    }

    public async Task WaitUntilListeningAsync()
    {
        await Eventually.ThatAsync("the agent says where it listens", () =>
        {
            Assert.False(_process.HasExited, "The agent ended: " + Output);
            var match = ListeningLine().Match(Output);
            Port = match.Success ? int.Parse(match.Groups[1].ValueSpan) : 0;
            return Port != 0;
        });
        Http.BaseAddress = new Uri($"http://127.0.0.1:{Port}");
        Assert.Equal("ok", (string?)(await GetAsync("/health"))["status"]);
    }

    public async Task<JsonNode> GetAsync(string path) =>
        await Http.GetFromJsonAsync<JsonNode>(path, TestContext.Current.CancellationToken) ?? throw new JsonException("null");

    public Task<HttpResponseMessage> PostAsync(string path, object body) => Http.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);

    public async Task AddConnectionAsync(string name, int port, object? overrides = null)
    {
        var body = new JsonObject
        {
            ["host"] = "127.0.0.1",
            ["port"] = port,
            ["topics"] = new JsonArray(new JsonObject { ["filter"] = "#", ["qos"] = 1 }),
        };
        foreach (var (key, value) in JsonSerializer.SerializeToNode(overrides ?? new object())!.AsObject())
        {
            body[key] = value?.DeepClone();
        }

        using var answer = await Http.PutAsJsonAsync("/api/connections/" + name, body, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async Task<JsonNode> StateAsync(string connection) => await FindStateAsync(connection) ?? throw new InvalidOperationException($"There is no connection {connection}");

    /// <summary>Stored connections appear a moment after the agent listens.</summary>
    public Task WaitForStatusAsync(string connection, string status) =>
        Eventually.ThatAsync($"{connection} is {status}", async () => (string?)(await FindStateAsync(connection))?["status"] == status);

    public Task<SampleStream> FetchAsync(string signal) => SampleStream.OpenAsync(new Uri($"ws://127.0.0.1:{Port}/fetch/{signal}"));

    public async Task<int> WaitForExitAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    public void Signal(int signal) => Assert.Equal(0, Signals.Kill(_process.Id, signal));

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<JsonNode?> FindStateAsync(string connection) =>
        (await GetAsync("/api/connections"))["connections"]!.AsArray().SingleOrDefault(c => (string?)c!["name"] == connection)?["state"];

    private void Keep(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:([0-9]+)")]
    private static partial Regex ListeningLine();
}
