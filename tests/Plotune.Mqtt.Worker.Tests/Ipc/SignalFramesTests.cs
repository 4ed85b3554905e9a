using CsCheck;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Tests.Ipc;

public sealed class SignalFramesTests
{
    private static readonly byte[] Definition = [7, 0, 0, 0, 1, 3, 0, 0, 0, (byte)'a', (byte)'/', (byte)'b', 2, 0, 0, 0, (byte)'/', (byte)'x'];
    private static readonly byte[] Description = [7, 0, 0, 0, 3, 0, 0, 0, 0xC2, 0xB0, (byte)'C', 0xFF, 0xFF, 0xFF, 0xFF];

    [Fact]
    public void A_definition_is_written_and_read_by_the_letter()
    {
        var frame = new SignalDefinitionFrame(7, "a/b", "/x", SignalValueKind.Number);

        Assert.Equal(Definition, frame.ToBody());
        Assert.Equal(frame, SignalDefinitionFrame.Read(Definition));
    }

    [Fact]
    public void A_description_is_written_and_read_by_the_letter()
    {
        var frame = new SignalDescriptionFrame(7, "°C", null);

        Assert.Equal(Description, frame.ToBody());
        Assert.Equal(frame, SignalDescriptionFrame.Read(Description));
    }

    [Fact]
    public void Every_prefix_and_every_byte_too_many_is_an_error()
    {
        for (var length = 0; length < Definition.Length; length++)
            Assert.Throws<FrameException>(() => SignalDefinitionFrame.Read(Definition.AsSpan(0, length)));
        for (var length = 0; length < Description.Length; length++)
            Assert.Throws<FrameException>(() => SignalDescriptionFrame.Read(Description.AsSpan(0, length)));
        Assert.Throws<FrameException>(() => SignalDefinitionFrame.Read([.. Definition, 0]));
        Assert.Throws<FrameException>(() => SignalDescriptionFrame.Read([.. Description, 0]));
    }

    [Theory]
    [InlineData(3, 0x10)] // signal identifier of 29 bits
    [InlineData(4, 4)] // kind
    [InlineData(5, 0xFF)] // topic length
    [InlineData(8, 0xFF)] // topic length of nearly 4 GB
    [InlineData(9, 0xFF)] // not UTF-8
    public void A_definition_with_a_wrong_byte_is_refused(int index, byte value)
    {
        var bytes = Definition.ToArray();
        bytes[index] = value;

        Assert.Throws<FrameException>(() => SignalDefinitionFrame.Read(bytes));
    }

    [Fact]
    public void Any_texts_come_through() =>
        Gen.Select(Gen.String, Gen.String, Gen.String.Null()).Sample((topic, path, unit) =>
        {
            string? WellFormed(string? text) => text is null ? null : System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));
            var definition = SignalDefinitionFrame.Read(new SignalDefinitionFrame(1, topic, path, SignalValueKind.Text).ToBody());
            var description = SignalDescriptionFrame.Read(new SignalDescriptionFrame(1, unit, topic).ToBody());
            return definition.Topic == WellFormed(topic) && definition.Path == WellFormed(path) && description.Unit == WellFormed(unit) && description.Description == WellFormed(topic);
        });

    [Fact]
    public void Hello_is_version_and_process()
    {
        Assert.Equal([3, 0, 0, 0, 2, 1, 0, 0], new HelloFrame(HelloFrame.ContractVersion, 258).ToBody());
        Assert.Equal(new HelloFrame(9, 258), HelloFrame.Read([9, 0, 0, 0, 2, 1, 0, 0]));
        Assert.Equal(new HelloFrame(9, 258), HelloFrame.Read([9, 0, 0, 0, 2, 1, 0, 0, 77]));
        Assert.Throws<FrameException>(() => HelloFrame.Read([1, 0, 0, 0, 2, 1, 0]));
    }

    [Fact]
    public void A_request_for_messages_is_its_identifier_and_the_first_that_is_wanted()
    {
        Assert.Equal([7, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0], new MessagesRequestFrame(7, 258).ToBody());
        Assert.Equal(new MessagesRequestFrame(7, 258), MessagesRequestFrame.Read([7, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0]));
        Assert.Throws<FrameException>(() => MessagesRequestFrame.Read([7, 0, 0, 0]));
    }

    [Theory]
    [InlineData(0.25, new byte[] { 250, 0, 0, 0 })]
    [InlineData(10, new byte[] { 0x10, 0x27, 0, 0 })]
    public void A_pace_is_a_pause_in_microseconds(double milliseconds, byte[] body)
    {
        Assert.Equal(body, new PaceFrame(TimeSpan.FromMilliseconds(milliseconds)).ToBody());
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), PaceFrame.Read(body).Pause);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 250, 0, 0 })]
    [InlineData(new byte[] { 250, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 249, 0, 0, 0 })]
    [InlineData(new byte[] { 0x11, 0x27, 0, 0 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF })]
    public void A_pace_that_no_worker_can_keep_is_refused(byte[] body) => Assert.Throws<FrameException>(() => PaceFrame.Read(body));
}
