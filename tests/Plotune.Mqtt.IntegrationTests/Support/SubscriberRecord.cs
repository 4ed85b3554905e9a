using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>
/// mosquitto_sub in a process of its own, and every message it has printed, over all its restarts. The broker keeps its session while it is away, as long as the broker itself has not been
/// killed: mosquitto writes its sessions when it is stopped. Payloads must be single lines. Thread-safe.
/// </summary>
internal sealed class SubscriberRecord : IAsyncDisposable
{
    /// <summary>Retained by every mosquitto, so that it comes at once when the SUBSCRIBE packet it is the last filter of has been handled; no other filter matches it.</summary>
    private const string Marker = "$SYS/broker/version";

    /// <summary>QoS, retained, topic and payload. Tabs, since a topic may hold spaces.</summary>
    private const string Format = @"%q\t%r\t%t\t%p";

    private readonly Lock _lock = new();
    private readonly BrokerProcess _broker;
    private readonly string[] _filters;
    private readonly int _qos;
    private readonly string _clientId = $"record-{Guid.NewGuid():N}";
    private readonly List<RecordedMessage> _messages = [];
    private readonly Dictionary<string, NumberRecord> _numbers = new(StringComparer.Ordinal);
    private readonly StringBuilder _errors = new();
    private int _subscribed;
    private Process? _process;

    private SubscriberRecord(BrokerProcess broker, int qos, string[] filters)
    {
        _broker = broker;
        _qos = qos;
        _filters = filters;
    }

    /// <summary>How often it has subscribed: once at its start, and once for each reconnect.</summary>
    public int Subscribed => Volatile.Read(ref _subscribed);

    /// <summary>All messages so far, in the order they came.</summary>
    public IReadOnlyList<RecordedMessage> Messages
    {
        get
        {
            lock (_lock)
                return [.. _messages];
        }
    }

    public int Count
    {
        get
        {
            lock (_lock)
                return _messages.Count;
        }
    }

    /// <summary>Subscribes at QoS 1; completes once the broker has taken the subscription.</summary>
    public static Task<SubscriberRecord> StartAsync(BrokerProcess broker, params string[] filters) => StartAsync(broker, 1, filters);

    /// <inheritdoc cref="StartAsync(BrokerProcess, string[])"/>
    /// <param name="qos">Highest QoS of the deliveries.</param>
    public static async Task<SubscriberRecord> StartAsync(BrokerProcess broker, int qos, params string[] filters)
    {
        var record = new SubscriberRecord(broker, qos, filters);
        try
        {
            await record.StartAgainAsync();
            return record;
        }
        catch
        {
            await record.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it with the same session, and waits until it has subscribed.</summary>
    public async Task StartAgainAsync()
    {
        Assert.Null(_process);
        var before = Subscribed;
        string[] topics = [.. _filters, Marker];
        var start = new ProcessStartInfo(
            "mosquitto_sub",
            [.. _broker.ClientArguments, "-c", "-i", _clientId, "-q", $"{_qos}", "-F", Format, .. topics.SelectMany(topic => new[] { "-t", topic })])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("mosquitto_sub did not start");
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => KeepError(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        await WaitAsync("mosquitto_sub has subscribed", () =>
        {
            Assert.False(process.HasExited, $"mosquitto_sub ended: {Errors()}");
            return Subscribed > before;
        });
    }

    /// <summary>Ends it; the broker keeps its session. While messages come it may lose one: it acknowledges before it prints.</summary>
    /// <param name="signal">SIGTERM says DISCONNECT, SIGKILL does not.</param>
    public async Task StopAsync(int signal = Signals.Terminate)
    {
        if (_process is not { } process)
            return;

        _process = null;
        if (!process.HasExited)
            Assert.Equal(0, Signals.Kill(process.Id, signal));

        // Waits for the end of its output as well.
        await process.WaitForExitAsync();
        process.Dispose();
    }

    public Task WaitForAsync(string what, Func<IReadOnlyList<RecordedMessage>, bool> condition, TimeSpan? deadline = null) => WaitAsync(what, () => condition(Messages), deadline);

    /// <summary>Waits until every number of a topic from <paramref name="first"/> to <paramref name="last"/> has come, and fails unless they came in order, but for repeats, and no other did.</summary>
    /// <param name="deadline">(default: 60 s)</param>
    public async Task WaitForNumbersAsync(string topic, long first, long last, TimeSpan? deadline = null)
    {
        await WaitAsync($"{topic} has {first} to {last}", () => Read(topic, numbers => numbers.HasAll(first, last)), deadline, () => Read(topic, numbers => numbers.ToString()));
        Read(topic, numbers =>
        {
            numbers.AssertAllInOrder(first, last);
            return true;
        });
    }

    /// <summary>Asks the numbers of a topic so far (see <see cref="NumberRecord.NumberIn(string)"/>), which do not change meanwhile.</summary>
    public T Read<T>(string topic, Func<NumberRecord, T> read)
    {
        lock (_lock)
            return read(_numbers.GetValueOrDefault(topic) ?? new NumberRecord());
    }

    public async ValueTask DisposeAsync() => await StopAsync(Signals.Kill9);

    private static Task WaitAsync(string what, Func<bool> condition, TimeSpan? deadline = null, Func<object?>? state = null) =>
        TestSupport.Eventually.TrueAsync(what, condition, TestContext.Current.CancellationToken, deadline, state);

    private void Keep(string? line)
    {
        if (line is null)
            return;

        var fields = line.Split('\t', 4);
        lock (_lock)
        {
            if (fields.Length < 4)
                _errors.AppendLine(CultureInfo.InvariantCulture, $"not a message: {line}");
            else if (fields[2] == Marker)
                _subscribed++;
            else
                Keep(new RecordedMessage(fields[2], fields[3], int.Parse(fields[0], CultureInfo.InvariantCulture), fields[1] == "1"));
        }
    }

    private void Keep(RecordedMessage message)
    {
        _messages.Add(message);
        if (NumberRecord.NumberIn(message.Payload) is not { } number)
            return;

        if (!_numbers.TryGetValue(message.Topic, out var numbers))
            _numbers.Add(message.Topic, numbers = new NumberRecord());
        numbers.Add(number);
    }

    private void KeepError(string? line)
    {
        lock (_lock)
            _errors.AppendLine(line);
    }

    private string Errors()
    {
        lock (_lock)
            return _errors.ToString();
    }
}
