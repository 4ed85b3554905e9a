using Plotune.Mqtt.TestSupport;
using Plotune.Mqtt.Worker.Hosting;
using Plotune.Mqtt.Worker.Ipc;
using Plotune.Mqtt.Worker.Tests.Ingest;

namespace Plotune.Mqtt.Worker.Tests.Hosting;

public sealed class ControlOutboxTests : IDisposable
{
    private const int Capacity = 256;

    private readonly RecordingStream _pipe = new();
    private readonly ControlOutbox _outbox;

    public ControlOutboxTests() => _outbox = new ControlOutbox(new AgentPipe(new FrameWriter(_pipe), new WorkerLifetime()), new CapturingLogger());

    [Fact]
    public async Task Of_a_state_only_the_newest_is_written_in_its_place_among_the_others()
    {
        _outbox.PostState(FrameKind.HeldTopics, () => [1]);
        _outbox.Post(FrameKind.Status, [2]);
        _outbox.PostState(FrameKind.HeldTopics, () => [3]);
        _outbox.Post(FrameKind.Notice, [4]);
        _outbox.PostState(FrameKind.Counters, () => [5]);

        Assert.Equal([(FrameKind.Status, 2), (FrameKind.HeldTopics, 3), (FrameKind.Notice, 4), (FrameKind.Counters, 5)], await WrittenAsync());
    }

    [Fact]
    public async Task State_that_finds_no_room_is_written_late_and_others_are_dropped()
    {
        _outbox.Post(FrameKind.Notice, [0]);
        _outbox.PostState(FrameKind.HeldTopics, () => [1]);
        for (var i = 0; i < Capacity; i++)
            _outbox.Post(FrameKind.Status, [2]);

        var written = await WrittenAsync();

        Assert.Equal(Capacity + 1, written.Count);
        Assert.Equal((FrameKind.HeldTopics, 1), Assert.Single(written, frame => frame.Kind != FrameKind.Status));
    }

    [Fact]
    public async Task State_that_found_no_room_is_not_written_once_there_is_a_newer_one()
    {
        _outbox.PostState(FrameKind.HeldTopics, () => [1]);
        for (var i = 0; i < Capacity; i++)
            _outbox.Post(FrameKind.Status, [2]);
        _outbox.PostState(FrameKind.HeldTopics, () => [3]);

        Assert.Equal((FrameKind.HeldTopics, 3), Assert.Single(await WrittenAsync(), frame => frame.Kind == FrameKind.HeldTopics));
    }

    public void Dispose() => _pipe.Dispose();

    private async Task<List<(FrameKind Kind, int Body)>> WrittenAsync()
    {
        _outbox.Complete();
        await _outbox.RunAsync();
        return [.. _pipe.Writes.Select(write => ((FrameKind)write[4], (int)write[FrameHeader.Length]))];
    }
}
