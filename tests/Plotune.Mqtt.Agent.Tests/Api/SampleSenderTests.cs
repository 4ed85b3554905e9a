using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Api;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Tests.Signals;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Tests.Api;

public sealed class SampleSenderTests : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(3);

    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly SignalStore _store = new(new AgentLimits());
    private readonly SignalViewer _viewer = new();
    private readonly Channel<int> _writes = Channel.CreateUnbounded<int>();
    private readonly SendPace _pace;
    private readonly WorkerSignals _run;
    private readonly Task _sending;
    private long _sampleTime;

    public SampleSenderTests()
    {
        _pace = new SendPace(new ViewerSlots(), _time);
        _run = _store.BeginRun("plant");
        _run.Define(0, "speed", string.Empty, SignalValueKind.Number);
        _store.Subscribe("speed", _viewer, history: false);
        _sending = new SampleSender(WriteAsync, _viewer, new SingleSignalFormat(), _pace, _time).RunAsync(_ending.Token);
    }

    [Fact]
    public async Task Samples_of_a_slow_signal_leave_one_by_one_at_once()
    {
        for (var sample = 0; sample < 50; sample++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            Append();
            Assert.Equal(1, await _writes.Reader.ReadAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Samples_of_a_fast_signal_leave_together_at_the_beat()
    {
        AppendUntilOneWaits();

        for (var sample = 0; sample < 4; sample++) Append();
        Assert.False(_writes.Reader.TryRead(out _));
        _time.Advance(Beat);

        Assert.Equal(5, await _writes.Reader.ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_fast_signal_that_was_silent_is_slow_again_with_its_next_sample()
    {
        AppendUntilOneWaits();

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await _writes.Reader.ReadAsync(TestContext.Current.CancellationToken));

        Append();
        Assert.Equal(1, await _writes.Reader.ReadAsync(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _viewer.Dispose();
        _pace.Dispose();
        _ending.Dispose();
    }

    /// <summary>Two samples a millisecond, until one is kept for the beat.</summary>
    private void AppendUntilOneWaits()
    {
        do
        {
            _time.Advance(Beat / 6);
            Append();
        }
        while (_writes.Reader.TryRead(out _));
    }

    /// <summary>The sender goes on upon this thread as far as it can.</summary>
    private void Append() => _run.Append(SampleFrame.Of(0, 1, ++_sampleTime).Reader);

    private ValueTask WriteAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken)
    {
        var count = 0;
        // A frame of less than 126 bytes has its length in its second byte (RFC 6455, 5.2).
        for (var offset = 0; offset < frames.Length; offset += 2 + frames.Span[offset + 1]) count++;
        _writes.Writer.TryWrite(count);
        return ValueTask.CompletedTask;
    }
}
