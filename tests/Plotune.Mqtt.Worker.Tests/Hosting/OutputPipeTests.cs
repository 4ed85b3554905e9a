using System.IO.Pipes;
using Plotune.Mqtt.Worker.Hosting;

namespace Plotune.Mqtt.Worker.Tests.Hosting;

public sealed class OutputPipeTests
{
    [Fact]
    public async Task A_pipe_takes_a_mebibyte_without_a_reader_where_the_system_allows_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes have a fixed size here.");
        using var reading = new AnonymousPipeServerStream(PipeDirection.In);
        using var writing = new AnonymousPipeClientStream(PipeDirection.Out, reading.ClientSafePipeHandle);

        Assert.Equal(OutputPipe.Capacity, OutputPipe.TryEnlarge(writing));

        var write = Task.Run(() => writing.Write(new byte[OutputPipe.Capacity]), TestContext.Current.CancellationToken);
        await TestSupport.Eventually.CompletesAsync("the write returns", write, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_stream_that_is_no_pipe_is_left_as_it_is() => Assert.Equal(-1, OutputPipe.TryEnlarge(Stream.Null));
}
