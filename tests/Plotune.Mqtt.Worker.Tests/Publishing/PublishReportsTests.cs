using Plotune.Mqtt.TestSupport;
using Plotune.Mqtt.Worker.Ipc;
using Plotune.Mqtt.Worker.Publishing;

namespace Plotune.Mqtt.Worker.Tests.Publishing;

public sealed class PublishReportsTests : IDisposable
{
    private const int Count = 20_000;

    private readonly HeldStream _stream = new();
    private readonly WorkerLifetime _lifetime = new();
    private readonly PublishReports _reports;

    public PublishReportsTests() => _reports = new PublishReports(new AgentPipe(new FrameWriter(_stream), _lifetime));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Agent_that_is_behind_holds_up_nobody_and_gets_every_report_in_order_and_few_frames()
    {
        var running = Task.Run(_reports.RunAsync, Token);
        for (var i = 0; i < Count; i++)
            _reports.Add(i % 2 == 0 ? new PublishReport(i) : new PublishReport(i, "NotAuthorized", "No."));
        _reports.Complete();
        Assert.False(running.IsCompleted);

        _stream.Release();

        await Eventually.CompletesAsync("every report is written", running, Token);
        var (frames, ids) = _stream.Read();
        Assert.Equal(Enumerable.Range(0, Count).Select(i => (long)i), ids);
        Assert.InRange(frames, 2, 10);
    }

    [Fact]
    public void Reports_that_nobody_reads_are_too_many_in_the_end()
    {
        for (var i = 0; i < PublishReports.Maximum; i++)
        {
            Assert.False(_reports.IsFull);
            _reports.Add(new PublishReport(i));
        }

        Assert.True(_reports.IsFull);
    }

    [Fact]
    public async Task Agent_that_is_gone_ends_the_worker()
    {
        _stream.Release();
        _stream.Dispose();
        var running = Task.Run(_reports.RunAsync, Token);

        _reports.Add(new PublishReport(1));

        await Eventually.CompletesAsync("the loop ends", running, Token);
        Assert.Equal(WorkerEnd.AgentGone, await _lifetime.Ended);
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>A pipe that is full until released.</summary>
    private sealed class HeldStream : Stream
    {
        private readonly ManualResetEventSlim _released = new();
        private readonly MemoryStream _written = new();

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void Release() => _released.Set();

        public (int Frames, List<long> Ids) Read()
        {
            var ids = new List<long>();
            var frames = 0;
            _written.Position = 0;
            for (var reader = new FrameReader(_written); reader.TryRead(out var frame); frames++)
            {
                Assert.Equal(FrameKind.Published, frame.Kind);
                ids.AddRange(PublishReportFrame.Read(frame.Body).Select(report => report.Id));
            }

            return (frames, ids);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _released.Wait(Token);
            _written.Write(buffer);
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _written.Dispose();
            base.Dispose(disposing);
        }
    }
}
