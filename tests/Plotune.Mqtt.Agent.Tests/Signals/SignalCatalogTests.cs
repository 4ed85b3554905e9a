using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Tests.Signals;

public sealed class SignalCatalogTests
{
    private readonly SignalStore _store = new(new AgentLimits());

    [Fact]
    public void Identities_that_would_share_a_key_get_suffixes_in_the_order_they_came()
    {
        var run = _store.BeginRun("plant");
        Define(run, 0, "a/b");
        Define(run, 1, "a_b");
        Define(run, 2, "a b");

        Assert.Equal(["a_b", "a_b_2", "a_b_3"], InOrder().Select(signal => signal.Key));
    }

    [Fact]
    public void The_same_topic_on_two_connections_is_two_signals()
    {
        Define(_store.BeginRun("plant"), 0, "t");
        Define(_store.BeginRun("bench"), 0, "t");

        Assert.Equal([("t", "plant"), ("t_2", "bench")], InOrder().Select(signal => (signal.Key, signal.Connection)));
    }

    [Fact]
    public void A_suffix_that_is_itself_taken_is_left_out()
    {
        var run = _store.BeginRun("plant");
        Define(run, 0, "a_2");
        Define(run, 1, "a");
        Define(_store.BeginRun("bench"), 0, "a");
        Define(run, 2, "a_3");

        Assert.Equal(["a_2", "a", "a_3", "a_3_2"], InOrder().Select(signal => signal.Key));
    }

    [Fact]
    public void Keys_are_case_sensitive()
    {
        var run = _store.BeginRun("plant");
        Define(run, 0, "Temp");
        Define(run, 1, "temp");

        Assert.Equal("Temp", _store.Find("Temp")!.Key);
        Assert.Equal("temp", _store.Find("temp")!.Key);
    }

    [Fact]
    public void A_second_run_of_the_worker_finds_the_same_signals()
    {
        Define(_store.BeginRun("plant"), 5, "t", "/x");
        var before = _store.Find("t_x");
        Define(_store.BeginRun("plant"), 0, "t", "/x");

        Assert.Same(before, _store.Find("t_x"));
        Assert.Equal(1, _store.Count);
    }

    [Fact]
    public void Stored_names_hold_whatever_comes_first_after_a_restart()
    {
        var limits = new AgentLimits();
        var store = new SignalStore(limits, persistent: true);
        store.Load(
            [
                new StoredSignal("plant", "a/b", "", "a_b", SignalValueKind.Number, "bar", null),
                new StoredSignal("plant", "a_b", "", "a_b_2", SignalValueKind.Text, null, "words"),
            ],
            new HashSet<string> { "plant" });
        var run = store.BeginRun("plant");
        run.Define(0, "a_b", "", SignalValueKind.Text);
        run.Define(1, "a b", "", SignalValueKind.Number);

        Assert.Equal("a_b_2", store.Page("a*", null, 10, null, out _).Single(signal => signal.Topic == "a_b").Key);
        Assert.Equal("a_b_3", store.Page("a*", null, 10, null, out _).Single(signal => signal.Topic == "a b").Key);
        Assert.Equal("bar", store.Find("a_b")!.Unit);
        Assert.Equal(["a_b", "a_b_2"], store.GetByOrdinal(0, 10).Select(signal => signal.Key));
    }

    [Fact]
    public void A_deleted_connection_keeps_its_names_and_gets_them_back()
    {
        var run = _store.BeginRun("plant");
        Define(run, 0, "t");
        run.Append(SampleFrame.Of(0, 1, 1).Reader);
        var before = _store.Find("t")!;
        before.AnnouncedIn = 1;
        _store.RemoveConnection("plant");
        Assert.Null(_store.Find("t"));
        Assert.Equal(0, _store.Count);

        Define(_store.BeginRun("bench"), 0, "t");
        Define(_store.BeginRun("plant"), 0, "t");

        var back = _store.Find("t")!;
        Assert.Equal("plant", back.Connection);
        Assert.Null(back.Latest);
        Assert.Equal(1, back.AnnouncedIn);
        Assert.Equal("t_2", _store.Page(null, "bench", 10, null, out _).Single().Key);
        Assert.Equal(["t_2", "t"], _store.GetByOrdinal(1, 10).Select(signal => signal.Key));
    }

    [Fact]
    public void Names_of_connections_that_no_longer_exist_stay_reserved_over_a_restart()
    {
        var store = new SignalStore(new AgentLimits(), persistent: true);
        store.Load([new StoredSignal("gone", "t", "", "t", SignalValueKind.Number, null, null)], new HashSet<string>());
        Assert.Equal(0, store.Count);
        store.BeginRun("plant").Define(0, "t", "", SignalValueKind.Number);
        store.BeginRun("gone").Define(0, "t", "", SignalValueKind.Number);

        Assert.Equal("gone", store.Find("t")!.Connection);
        Assert.Equal("plant", store.Find("t_2")!.Connection);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("line/1", "line_1")]
    [InlineData("line_1", "line_1")]
    [InlineData("obj/x", "obj_x")]
    [InlineData("obj", null)]
    [InlineData("nothing", null)]
    public void A_name_is_a_key_or_a_topic_or_what_would_become_a_key(string name, string? key)
    {
        var run = _store.BeginRun("plant");
        Define(run, 0, "plain");
        Define(run, 1, "line/1");
        Define(run, 2, "obj", "/x");

        Assert.Equal(key, _store.Find(name)?.Key);
    }

    [Fact]
    public void A_topic_finds_its_own_signal_even_if_the_plain_key_went_to_another()
    {
        var run = _store.BeginRun("plant");
        Define(run, 0, "a_b");
        Define(run, 1, "a/b");

        Assert.Equal("a_b_2", _store.Find("a/b")!.Key);
    }

    [Fact]
    public void Pages_go_through_the_catalog_in_the_order_of_keys()
    {
        var run = _store.BeginRun("plant");
        var names = Enumerable.Range(0, 25).Select(i => $"s{i:00}").ToArray();
        foreach (var (name, id) in names.Reverse().Select((name, id) => (name, id)))
            Define(run, id, name);
        Define(_store.BeginRun("bench"), 0, "other");

        var seen = new List<string>();
        string? after = null;
        do
            seen.AddRange(_store.Page("S*", "plant", 10, after, out after).Select(signal => signal.Key));
        while (after is not null);

        Assert.Equal(names, seen);
    }

    [Fact]
    public void A_page_that_just_holds_the_rest_is_the_last()
    {
        var run = _store.BeginRun("plant");
        Define(run, 0, "a");
        Define(run, 1, "b");

        _store.Page(null, null, 2, null, out var next);

        Assert.Null(next);
    }

    [Fact]
    public void New_signals_are_in_the_pages_that_were_sorted_before()
    {
        var run = _store.BeginRun("plant");
        Define(run, 0, "m");
        _store.Page(null, null, 10, null, out _);
        Define(run, 1, "z");
        Define(run, 2, "a");

        Assert.Equal(["a", "m", "z"], _store.Page(null, null, 10, null, out _).Select(signal => signal.Key));
    }

    [Fact]
    public void Past_the_limit_signals_are_refused_once_told_and_their_samples_left_out()
    {
        var told = 0;
        var store = new SignalStore(new AgentLimits { MaximumSignalsPerConnection = 2 });
        store.BeginRun("plant").Define(0, "earlier", "", SignalValueKind.Number);
        var run = store.BeginRun("plant", () => told++);

        Assert.True(run.Define(0, "a", "", SignalValueKind.Number));
        Assert.False(run.Define(1, "b", "", SignalValueKind.Number));
        var taken = run.Append(new SampleFrame().Number(0, 1, 1).Number(1, 1, 1).Reader);

        Assert.Equal((2, 1, 1), (store.Count, told, taken));
    }

    [Fact]
    public void A_number_defined_twice_breaks_the_contract()
    {
        var run = _store.BeginRun("plant");
        Define(run, 0, "a");

        Assert.Throws<FrameException>(() => Define(run, 0, "b"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(100_000)]
    public void A_number_out_of_range_breaks_the_contract(int id)
    {
        var run = _store.BeginRun("plant");

        Assert.Throws<FrameException>(() => Define(run, id, "a"));
    }

    [Fact]
    public void A_sample_of_an_undefined_signal_breaks_the_contract()
    {
        var run = _store.BeginRun("plant");
        Define(run, 0, "a");

        Assert.Throws<FrameException>(() => run.Append(new SampleFrame().Number(0, 1, 1).Number(1, 1, 1).Reader));
        Assert.Throws<FrameException>(() => run.Describe(9, "bar", null));
        Assert.Equal(1, _store.Find("a")!.SampleCount);
    }

    [Fact]
    public void Samples_of_many_signals_in_no_order_reach_theirs_up_to_the_one_that_breaks_the_contract()
    {
        const int Signals = 5000;
        var run = _store.BeginRun("plant");
        for (var id = 0; id < Signals; id++)
            Define(run, id, $"t{id}");
        var random = new Random(20_261_126);
        var expected = new int[Signals];
        var frame = new SampleFrame();
        for (var time = 1; time <= 2000; time++)
        {
            var id = random.Next(Signals);
            expected[id] = time;
            frame.Number(id, time, time).Gap(Signals - 1, time);
        }

        Assert.Equal(4000, run.Append(frame.Reader));
        Assert.Throws<FrameException>(() => run.Append(new SampleFrame().Number(7, 3000, 1).Number(Signals, 1, 1).Number(8, 3000, 1).Reader));

        expected[7] = 3000;
        expected[Signals - 1] = 2000;
        for (var id = 0; id < Signals; id++)
            Assert.Equal(expected[id] == 0 ? null : expected[id], _store.Find($"t{id}")!.Latest?.TimeMicros);
    }

    [Fact]
    public void A_description_leaves_what_it_does_not_name()
    {
        var run = _store.BeginRun("plant");
        Define(run, 0, "a");
        run.Describe(0, "bar", null);
        run.Describe(0, null, "pressure");

        Assert.Equal(("bar", "pressure"), (_store.Find("a")!.Unit, _store.Find("a")!.Description));
    }

    [Fact]
    public async Task A_signal_is_announced_only_once_it_is_stored()
    {
        var store = new SignalStore(new AgentLimits(), persistent: true);
        store.BeginRun("plant").Define(0, "a", "", SignalValueKind.Number);
        var waiting = store.WaitForNewAsync(0, TestContext.Current.CancellationToken);
        Assert.Empty(store.GetByOrdinal(0, 10));
        Assert.False(waiting.IsCompleted);

        store.Settle(store.TakeUnstored(10), stored: true);

        await waiting;
        Assert.Equal("a", store.GetByOrdinal(0, 10).Single().Key);
    }

    [Fact]
    public void While_storing_fails_signals_are_announced_all_the_same_and_stay_to_be_stored()
    {
        var store = new SignalStore(new AgentLimits(), persistent: true);
        store.BeginRun("plant").Define(0, "a", "", SignalValueKind.Number);

        store.Settle(store.TakeUnstored(10), stored: false);

        Assert.Single(store.GetByOrdinal(0, 10));
        Assert.Single(store.TakeUnstored(10));
    }

    private static void Define(WorkerSignals run, int id, string topic, string path = "") => run.Define(id, topic, path, SignalValueKind.Number);

    private IReadOnlyList<Signal> InOrder() => _store.GetByOrdinal(0, int.MaxValue);
}
