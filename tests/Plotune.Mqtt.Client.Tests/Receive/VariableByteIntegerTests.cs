using Plotune.Mqtt.Client.Receive;

namespace Plotune.Mqtt.Client.Tests.Receive;

public sealed class VariableByteIntegerTests
{
    // Table 1-1 of MQTT 5.0.
    [Theory]
    [InlineData(new byte[] { 0x00 }, 0)]
    [InlineData(new byte[] { 0x7F }, 127)]
    [InlineData(new byte[] { 0x80, 0x01 }, 128)]
    [InlineData(new byte[] { 0xFF, 0x7F }, 16_383)]
    [InlineData(new byte[] { 0x80, 0x80, 0x01 }, 16_384)]
    [InlineData(new byte[] { 0xFF, 0xFF, 0x7F }, 2_097_151)]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x01 }, 2_097_152)]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0x7F }, 268_435_455)]
    public void The_bounds_of_the_specification_are_read(byte[] bytes, int expected)
    {
        int size = VariableByteInteger.Read([.. bytes, 0xFF], out int value);

        Assert.Equal((bytes.Length, expected), (size, value));
        Assert.False(VariableByteInteger.IsPadded(value, size));
    }

    [Theory]
    [InlineData(new byte[] { }, 0)]
    [InlineData(new byte[] { 0x80 }, 0)]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF }, 0)]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF }, -1)]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x01 }, -1)]
    public void What_is_cut_needs_more_and_a_fifth_byte_is_refused(byte[] bytes, int expected) =>
        Assert.Equal(expected, VariableByteInteger.Read(bytes, out _));

    [Conformance("5.0", "MQTT-1.5.5-1")]
    [Theory]
    [InlineData(new byte[] { 0x80, 0x00 })]
    [InlineData(new byte[] { 0xFF, 0x00 })]
    [InlineData(new byte[] { 0xFF, 0x80, 0x80, 0x00 })]
    public void More_bytes_than_needed_are_padding(byte[] bytes)
    {
        int size = VariableByteInteger.Read(bytes, out int value);

        Assert.True(VariableByteInteger.IsPadded(value, size));
    }
}
