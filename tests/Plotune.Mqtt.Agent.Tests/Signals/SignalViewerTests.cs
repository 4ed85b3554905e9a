using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Signals;

public sealed class SignalViewerTests
{
    private readonly SignalStore _store = new(new AgentLimits());
    private readonly WorkerSignals _run;

    public SignalViewerTests()
    {
        _run = _store.BeginRun("plant");
        Define(0, "a");
        Define(1, "b");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void History_comes_first_then_live_samples()
    {
        Append(0, 1, 3);
        using var viewer = new SignalViewer();
        _store.Subscribe("a", viewer, history: true);
        var history = viewer.DrainAll();
        Append(0, 4, 5);

        Assert.Equal([1, 2, 3], history.Numbers());
        Assert.Equal([4, 5], viewer.DrainAll().Numbers());
    }

    [Fact]
    public void Without_history_only_what_comes_after_the_subscription_is_sent()
    {
        Append(0, 1, 3);
        using var viewer = new SignalViewer();
        _store.Subscribe("a", viewer, history: false);
        Append(0, 4, 5);

        Assert.Equal([4, 5], viewer.DrainAll().Numbers());
    }

    [Fact]
    public void A_reader_that_waits_goes_on_upon_the_thread_that_brings_the_sample()
    {
        using var viewer = new SignalViewer();
        _store.Subscribe("a", viewer, history: false);
        var thread = 0;
        var reading = ReadAsync();

        Append(0, 1, 1);

        Assert.True(reading.IsCompletedSuccessfully);
        Assert.Equal(Environment.CurrentManagedThreadId, thread);

        async Task ReadAsync()
        {
            Assert.True(await viewer.WaitAsync(Token).ConfigureAwait(false));
            thread = Environment.CurrentManagedThreadId;
        }
    }

    [Fact]
    public void A_viewer_that_falls_behind_loses_its_oldest_samples_and_hears_how_many()
    {
        using var slow = new SignalViewer(capacity: 10);
        using var quick = new SignalViewer();
        _store.Subscribe("a", slow, history: false);
        _store.Subscribe("b", slow, history: false);
        _store.Subscribe("a", quick, history: false);
        Append(1, 1, 3);
        Append(0, 1, 25);

        var seen = slow.DrainAll();

        Assert.Equal([("a", 15L), ("b", 3L)], seen.Where(sample => sample.Missed > 0).Select(sample => (sample.Signal.Key, sample.Missed)).Order());
        Assert.All(seen.Take(2), report => Assert.True(report.Json.IsEmpty));
        Assert.Equal(Enumerable.Range(16, 10).Select(i => (double)i), seen.Skip(2).Numbers());
        Assert.Equal((18, 18), (slow.Dropped, _store.ViewerSamplesDropped));
        Assert.Equal(25, quick.DrainAll().Count);
        Assert.Equal(0, quick.Dropped);
    }

    [Fact]
    public void A_loss_is_reported_once()
    {
        using var viewer = new SignalViewer(capacity: 1);
        _store.Subscribe("a", viewer, history: false);
        Append(0, 1, 3);
        viewer.DrainAll();
        Append(0, 4, 4);

        Assert.Equal(0, viewer.DrainAll().Single().Missed);
    }

    [Fact]
    public void A_history_longer_than_the_queue_is_sent_whole()
    {
        Append(0, 1, 240);
        using var viewer = new SignalViewer(capacity: 8);
        _store.Subscribe("a", viewer, history: true);

        Assert.Equal(240, viewer.DrainAll(span: 7).Count);
        Assert.Equal(0, viewer.Dropped);
    }

    [Fact]
    public void Large_texts_bound_the_queue_in_bytes()
    {
        using var viewer = new SignalViewer();
        _store.Subscribe("a", viewer, history: false);
        var text = new string('x', 1 << 20);
        for (var i = 0; i < 40; i++)
            _run.Append(new SampleFrame().Text(0, i, text + i).Reader);

        Assert.InRange(viewer.DrainAll().Count(sample => sample.Missed == 0), 10, 16);
        Assert.True(viewer.Dropped > 20);
    }

    [Fact]
    public void A_name_that_does_not_exist_yet_starts_once_it_appears()
    {
        using var viewer = new SignalViewer();
        _store.Subscribe("new/topic", viewer, history: true);
        _store.Subscribe("new_object_x", viewer, history: true);
        _store.Subscribe("new/object/y", viewer, history: true);
        Assert.Empty(viewer.DrainAll());
        Define(2, "new/topic");
        Define(3, "new/object", "/x");
        Define(4, "new/object", "/y");
        Append(2, 1, 1);
        Append(3, 2, 2);
        Append(4, 3, 3);

        Assert.Equal([1, 2, 3], viewer.DrainAll().Numbers());
    }

    [Fact]
    public void A_pattern_takes_signals_that_are_there_and_those_that_appear_later()
    {
        Append(0, 1, 2);
        using var viewer = new SignalViewer();
        _store.Subscribe("*", viewer, history: true);
        var before = viewer.DrainAll();
        Define(2, "c");
        Append(2, 3, 3);
        Append(1, 4, 4);

        Assert.Equal([1, 2], before.Numbers());
        Assert.Equal([3, 4], viewer.DrainAll().Numbers());
    }

    [Fact]
    public void Overlapping_subscriptions_send_each_sample_once()
    {
        Append(0, 1, 1);
        using var viewer = new SignalViewer();
        _store.Subscribe("a", viewer, history: true);
        _store.Subscribe("*", viewer, history: true);
        _store.Subscribe("A*", viewer, history: false);
        viewer.DrainAll();
        Append(0, 2, 2);

        Assert.Equal([2], viewer.DrainAll().Numbers());
    }

    [Fact]
    public void Ending_a_subscription_leaves_what_another_one_of_the_viewer_takes()
    {
        using var viewer = new SignalViewer();
        var name = _store.Subscribe("a", viewer, history: false);
        var pattern = _store.Subscribe("*", viewer, history: false);
        pattern.Dispose();
        Append(1, 1, 1);
        Append(0, 2, 2);
        Assert.Equal([2], viewer.DrainAll().Numbers());

        name.Dispose();
        Append(0, 3, 3);
        Assert.Empty(viewer.DrainAll());
        Assert.Equal(0, _store.Viewers);
    }

    [Fact]
    public void A_subscription_can_end_before_its_signal_appears()
    {
        using var viewer = new SignalViewer();
        _store.Subscribe("later", viewer, history: true).Dispose();
        Define(2, "later");
        Append(2, 1, 1);

        Assert.Empty(viewer.DrainAll());
        Assert.Equal(0, _store.Viewers);
    }

    [Fact]
    public void A_viewer_that_leaves_takes_no_other_with_it()
    {
        var leaving = new SignalViewer();
        using var staying = new SignalViewer();
        _store.Subscribe("*", leaving, history: true);
        _store.Subscribe("a", leaving, history: true);
        _store.Subscribe("a", staying, history: true);
        leaving.DrainAll();
        staying.DrainAll();

        leaving.Dispose();
        leaving.Dispose();
        Append(0, 1, 1);

        Assert.Equal([1], staying.DrainAll().Numbers());
        Assert.Empty(leaving.DrainAll());
        Assert.Equal(1, _store.Viewers);
    }

    [Fact]
    public void A_disposed_viewer_takes_no_subscription()
    {
        var viewer = new SignalViewer();
        viewer.Dispose();

        Assert.Throws<ObjectDisposedException>(() => _store.Subscribe("a", viewer, history: true));
    }

    [Fact]
    public void Subscriptions_are_limited_per_viewer_and_over_all()
    {
        var store = new SignalStore(new AgentLimits { MaximumSubscriptionsPerViewer = 2, MaximumSubscriptions = 3 });
        using var first = new SignalViewer();
        using var second = new SignalViewer();
        store.Subscribe("a", first, history: true);
        var ending = store.Subscribe("b", first, history: true);
        Assert.Throws<SubscriptionLimitException>(() => store.Subscribe("c", first, history: true));
        store.Subscribe("a", second, history: true);
        Assert.Throws<SubscriptionLimitException>(() => store.Subscribe("b", second, history: true));

        ending.Dispose();

        store.Subscribe("b", second, history: true);
        Assert.Equal(2, store.Viewers);
    }

    [Fact]
    public void A_name_waits_again_when_its_connection_is_deleted_and_goes_on_when_it_is_back()
    {
        using var viewer = new SignalViewer();
        _store.Subscribe("a", viewer, history: true);
        Append(0, 1, 1);
        viewer.DrainAll();
        _store.RemoveConnection("plant");
        var run = _store.BeginRun("plant");
        run.Define(0, "a", "", SignalValueKind.Number);
        run.Append(SampleFrame.Of(0, 2, 2).Reader);

        Assert.Equal([2], viewer.DrainAll().Numbers());
    }

    [Fact]
    public async Task A_wait_ends_with_the_first_sample()
    {
        using var viewer = new SignalViewer();
        _store.Subscribe("a", viewer, history: false);
        var waiting = viewer.WaitAsync(Token).AsTask();
        Assert.False(waiting.IsCompleted);

        Append(0, 1, 5);

        Assert.True(await waiting);
        Assert.Equal(5, viewer.DrainAll().Count);
    }

    [Fact]
    public async Task A_wait_ends_with_false_when_the_viewer_is_disposed()
    {
        var viewer = new SignalViewer();
        var waiting = viewer.WaitAsync(Token).AsTask();

        viewer.Dispose();

        Assert.False(await waiting);
        Assert.False(await viewer.WaitAsync(Token));
    }

    [Fact]
    public async Task A_cancelled_wait_loses_nothing()
    {
        using var viewer = new SignalViewer();
        _store.Subscribe("a", viewer, history: false);
        using var cancellation = new CancellationTokenSource();
        var waiting = viewer.WaitAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        var again = viewer.WaitAsync(Token).AsTask();
        Append(0, 1, 1);

        Assert.True(await again);
        Assert.Equal([1], viewer.DrainAll().Numbers());
    }

    [Fact]
    public void Viewers_of_a_signal_share_one_formatted_sample()
    {
        using var first = new SignalViewer();
        using var second = new SignalViewer();
        _store.Subscribe("a", first, history: false);
        _store.Subscribe("*", second, history: false);
        Append(0, 1, 1);

        Assert.True(first.DrainAll().Single().Json.Equals(second.DrainAll().Single().Json));
    }

    [Fact]
    public void Viewers_of_everything_share_one_set_over_all_signals()
    {
        var viewers = Enumerable.Range(0, 20).Select(_ => new SignalViewer()).ToList();
        foreach (var viewer in viewers)
            _store.Subscribe("*", viewer, history: false);
        for (var id = 2; id < 1000; id++)
            Define(id, $"s{id}");
        var before = GC.GetAllocatedBytesForCurrentThread();

        using var late = new SignalViewer();
        _store.Subscribe("*", late, history: false);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * 1024);
        for (var id = 0; id < 1000; id++)
            Append(id, 1, 1);
        Assert.All([.. viewers, late], viewer => Assert.Equal(1000, viewer.DrainAll().Count));
        viewers.ForEach(viewer => viewer.Dispose());
    }

    [Fact]
    public void Live_samples_are_not_held_up_by_the_histories_of_many_signals()
    {
        for (var id = 2; id < 500; id++)
        {
            Define(id, $"s{id}");
            Append(id, 1, 240);
        }

        using var viewer = new SignalViewer();
        _store.Subscribe("a", viewer, history: false);
        _store.Subscribe("s*", viewer, history: true);
        var buffer = new ViewerSample[240];
        var live = 0;
        for (var round = 1; round <= 5; round++)
        {
            Append(0, round, round);
            var count = viewer.Drain(buffer);
            live += buffer[..count].Count(sample => sample.Signal.Key == "a");
        }

        Assert.InRange(live, 3, 5);
    }

    [Theory]
    [InlineData("s*")]
    [InlineData("s7")]
    public async Task History_and_live_samples_join_without_gap_or_duplicate_while_samples_pour_in(string name)
    {
        const int signals = 20;
        const int joins = 60;
        for (var id = 0; id < signals; id++)
            Define(id + 2, $"s{id}");
        using var stop = new CancellationTokenSource();
        var appending = Task.Run(() => AppendUntil(signals, stop.Token), Token);

        for (var join = 0; join < joins; join++)
        {
            // Large enough that a reader the machine does not run for a while still loses nothing.
            using var viewer = new SignalViewer(capacity: 1 << 20);
            using var subscription = _store.Subscribe(name, viewer, history: true);
            var seen = new Dictionary<Signal, double>();
            await ReadAsync(viewer, seen, samples: 3000);
            Assert.Equal(0, viewer.Dropped);
        }

        await stop.CancelAsync();
        await appending;
    }

    private static async Task ReadAsync(SignalViewer viewer, Dictionary<Signal, double> seen, int samples)
    {
        var buffer = new ViewerSample[97];
        while (samples > 0 && await viewer.WaitAsync(Token))
        {
            var count = viewer.Drain(buffer);
            samples -= count;
            foreach (var sample in buffer[..count])
            {
                var number = sample.Number();
                if (seen.TryGetValue(sample.Signal, out var last) && number != last + 1)
                    throw new UnmetExpectationException($"{sample.Signal.Key}: {number} came after {last}.");
                seen[sample.Signal] = number;
            }
        }
    }

    private void AppendUntil(int signals, CancellationToken stop)
    {
        var frame = new SampleFrame();
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            frame.Clear();
            for (var id = 0; id < signals; id++)
                frame.Number(id + 2, number, number);
            _run.Append(frame.Reader);

            // Leaves the other threads a turn at the lock.
            Thread.Yield();
        }
    }

    private void Define(int id, string topic, string path = "") => _run.Define(id, topic, path, SignalValueKind.Number);

    private void Append(int id, int first, int last)
    {
        var frame = new SampleFrame();
        for (var number = first; number <= last; number++)
            frame.Number(id, number, number);
        _run.Append(frame.Reader);
    }
}
