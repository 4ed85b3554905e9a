using Plotune.Mqtt.Client.Receive;

namespace Plotune.Mqtt.Client.Tests.Receive;

public sealed class ReceiveBufferTests
{
    [Fact]
    public void Small_reads_keep_the_idle_size()
    {
        var buffer = new ReceiveBuffer();
        for (int i = 0; i < 1000; i++)
        {
            buffer.MakeRoom(0);
            buffer.Append(100);
            buffer.Consume(100);
        }

        Assert.Equal(ReceiveBuffer.IdleSize, buffer.Array.Length);
    }

    [Fact]
    public void A_filled_buffer_grows_to_one_block()
    {
        var buffer = new ReceiveBuffer();
        buffer.Append(buffer.Room);
        buffer.Consume(buffer.Length);

        buffer.MakeRoom(0);

        Assert.Equal(ReceiveBuffer.BlockSize, buffer.Room);
    }

    [Fact]
    public void It_grows_only_as_a_large_packet_arrives_never_beyond_what_it_needs_and_shrinks_after_it()
    {
        const int PacketSize = 10 << 20;
        var buffer = new ReceiveBuffer();
        int received = 0;
        while (received < PacketSize)
        {
            buffer.MakeRoom(PacketSize);
            Assert.InRange(buffer.Array.Length, 1, Math.Max(ReceiveBuffer.BlockSize, Math.Min(4 * received, PacketSize + ReceiveBuffer.IdleSize)));
            Assert.NotEqual(0, buffer.Room);
            int count = Math.Min(buffer.Room, PacketSize - received);
            buffer.Append(count);
            received += count;
        }

        buffer.Consume(PacketSize);
        buffer.MakeRoom(0);

        Assert.Equal(ReceiveBuffer.BlockSize, buffer.Array.Length);
    }

    [Fact]
    public void Bytes_not_consumed_survive_making_room()
    {
        var buffer = new ReceiveBuffer();
        buffer.Array[0] = 1;
        buffer.Array[1] = 2;
        buffer.Append(2);
        buffer.Consume(1);

        buffer.MakeRoom(0);

        Assert.Equal(2, buffer.Array[buffer.Start]);
        Assert.Equal(1, buffer.Length);
    }
}
