using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.TestSupport;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Tests.Outbound;

/// <summary>What must be true of a queue whatever happens to it, kept beside a real one that everything happens to.</summary>
internal sealed class OutboundModel : IAsyncDisposable
{
    private const int Sources = 3;

    private static readonly OutboundLimits Limits = new() { WindowRecords = 5, ReadAheadRecords = 7, FrameBytes = 100, MaximumDeadLetters = 1000, RemovalDelay = TimeSpan.FromMilliseconds(1) };

    private readonly OutboundHome _home;
    private readonly Random _random;

    // Accepted and not done with, in the order in which they were accepted.
    private readonly List<string> _waiting = [];
    private readonly HashSet<string> _done = [];
    private readonly HashSet<string> _refused = [];
    private readonly HashSet<string> _everGiven = [];
    private readonly int[] _accepted = new int[Sources];
    private readonly int[] _firstGiven = new int[Sources];
    private FakeLane? _lane;
    private int _checked;

    private OutboundModel(OutboundHome home, int seed) => (_home, _random) = (home, new Random(seed));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<OutboundModel> OpenAsync(int seed) => new(await OutboundHome.OpenAsync(Limits), seed);

    public async Task DoAsync(OutboundStep step)
    {
        switch (step)
        {
            case OutboundStep.Accept:
                await AcceptAsync();
                break;
            case OutboundStep.AcceptTogether:
                await AcceptTogetherAsync();
                break;
            case OutboundStep.Deliver:
                await ReportAsync(refuse: false);
                break;
            case OutboundStep.Refuse:
                await ReportAsync(refuse: true);
                break;
            case OutboundStep.LoseWorker:
                await LoseWorkerAsync();
                break;
            case OutboundStep.StartWorker:
                StartWorker();
                break;
            case OutboundStep.Restart:
                await LoseWorkerAsync();
                await _home.RestartAsync();
                break;
            case OutboundStep.Crash:
                await CrashAsync();
                break;
            default:
                throw new InvalidOperationException($"{step}");
        }
    }

    /// <summary>In the end everything is published or a dead letter, and nothing is left.</summary>
    public async Task FinishAsync()
    {
        StartWorker();
        while (_waiting.Count > 0)
        {
            await UntilHandedOverAsync();
            var all = _lane!.Unreported;
            _lane.Deliver(all);
            Done(all);
        }

        Check();
        await _home.UntilStoredAsync(0);
        await _home.AssertCountsAddUpAsync();
        Assert.Equal(0, _home.State.Depth);
        Assert.Equal(0, _home.State.Bytes);
        var letters = await _home.DeadLetters.ListAsync(null, 0, 1000, 100, Token);
        // A crash may bring back what was refused; the broker then takes it or refuses it once more.
        Assert.Superset(_refused, letters.Letters.Select(letter => System.Text.Encoding.UTF8.GetString(letter.Message.Payload.Span)).ToHashSet());
        Assert.Equal(_accepted.Sum(), _everGiven.Count);
    }

    public async ValueTask DisposeAsync()
    {
        if (_lane is not null)
            await _lane.DisposeAsync();
        await _home.DisposeAsync();
    }

    private async Task AcceptAsync()
    {
        var messages = NextMessages(_random.Next(Sources));
        await _home.AcceptAsync(SourceOf(messages[0]), messages);
        _waiting.AddRange(messages.Select(TextOf));
    }

    /// <summary>All sources at once, in batches of their own.</summary>
    private async Task AcceptTogetherAsync()
    {
        OutboundMessage[][] batches = [.. Enumerable.Range(0, Sources).Select(NextMessages)];
        await Task.WhenAll(batches.Select(batch => _home.AcceptAsync(SourceOf(batch[0]), batch)));

        // Which was first is the queue's business, and seen on disk.
        var stored = await StoredAsync();
        string[] added = [.. stored.Where(text => batches.Any(batch => batch.Any(message => TextOf(message) == text)))];
        Assert.Equal(batches.Sum(batch => batch.Length), added.Length);
        foreach (var batch in batches)
            Assert.Equal(batch.Select(TextOf), added.Where(text => batch.Any(message => TextOf(message) == text)));
        _waiting.AddRange(added);
    }

    private async Task ReportAsync(bool refuse)
    {
        if (_lane is null)
            return;

        await UntilHandedOverAsync();
        PublishRequest[] reported = [.. _lane.Unreported.Where(_ => _random.Next(2) == 0)];
        _random.Shuffle(reported);
        if (refuse)
        {
            _lane.Refuse("NotAuthorized", "The broker does not want it.", reported);
            _refused.UnionWith(reported.Select(OutboundHome.TextOf));
        }
        else
        {
            _lane.Deliver(reported);
        }

        Done(reported);
    }

    private async Task LoseWorkerAsync()
    {
        if (_lane is null)
            return;

        await _lane.DisposeAsync();
        Check();
        _lane = null;
    }

    private void StartWorker()
    {
        if (_lane is not null)
            return;

        _lane = FakeLane.Attach(_home.Queues);
        _checked = 0;
    }

    private async Task CrashAsync()
    {
        var isQuiet = _random.Next(2) == 0;
        if (isQuiet)
            await _home.UntilStoredAsync(_waiting.Count);
        var lane = _lane;
        _lane = null;
        await _home.CrashAsync();
        if (lane is not null)
            await lane.DisposeAsync();
        if (lane is not null)
            Check(lane);

        // Nothing accepted is lost, and what comes back had been reported, but a moment ago.
        var stored = await StoredAsync();
        Assert.Equal(_waiting, stored.Where(text => !_done.Contains(text)));
        var back = stored.Where(_done.Contains).ToHashSet();
        Assert.True(!isQuiet || back.Count == 0, "What was removed before the crash came back.");
        _done.ExceptWith(back);
        _refused.ExceptWith(back);
        _waiting.Clear();
        _waiting.AddRange(stored);
    }

    private async Task UntilHandedOverAsync()
    {
        var expected = Math.Min(Limits.WindowRecords, _waiting.Count);
        await Eventually.TrueAsync(
            $"the worker has {expected} messages", () => _lane!.Unreported.Count == expected, Token, state: () => $"{_lane!.Unreported.Count}, {_home.State}");
        Check();
    }

    private void Check() => Check(_lane!);

    /// <summary>A run gets each message once, in the order of the queue, none that is done with; and a source's messages are first given in their order, without a gap.</summary>
    private void Check(FakeLane lane)
    {
        var given = lane.Given;
        Assert.Equal(given.Select(request => request.Id).Order(), given.Select(request => request.Id));
        Assert.Equal(given.Count, given.Select(request => request.Id).Distinct().Count());
        foreach (var text in given.Skip(_checked).Select(OutboundHome.TextOf))
        {
            Assert.DoesNotContain(text, _done);
            if (!_everGiven.Add(text))
                continue;

            var parts = text.Split(':');
            Assert.Equal(_firstGiven[int.Parse(parts[0])]++, int.Parse(parts[1]));
        }

        _checked = given.Count;
        Assert.Equal(_waiting.Take(lane.Unreported.Count), lane.Unreported.Select(OutboundHome.TextOf));
    }

    private void Done(IEnumerable<PublishRequest> reported)
    {
        foreach (var text in reported.Select(OutboundHome.TextOf))
        {
            Assert.True(_waiting.Remove(text), text);
            _done.Add(text);
        }
    }

    private async Task<List<string>> StoredAsync() => await _home.Database.ReadAsync(
        connection =>
        {
            using var command = Agent.Storage.SqliteExtensions.Prepare(connection, "SELECT CAST(payload AS TEXT) FROM outbound ORDER BY id");
            using var reader = command.ExecuteReader();
            var texts = new List<string>();
            while (reader.Read())
                texts.Add(reader.GetString(0));
            return texts;
        },
        Token);

    private OutboundMessage[] NextMessages(int source) =>
        [.. Enumerable.Range(0, _random.Next(1, 7)).Select(_ => OutboundHome.Message($"{source}:{_accepted[source]++}"))];

    private static string SourceOf(OutboundMessage message) => $"source {TextOf(message)[0]}";

    private static string TextOf(OutboundMessage message) => System.Text.Encoding.UTF8.GetString(message.Payload.Span);
}

/// <summary>What can happen to a queue.</summary>
internal enum OutboundStep
{
    Accept,
    AcceptTogether,
    Deliver,
    Refuse,
    LoseWorker,
    StartWorker,
    Restart,
    Crash,
}
