using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Client.Receive;

namespace Plotune.Mqtt.Client.Tests.Receive;

public sealed class ReadPacerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ReadPacer _pacer;

    public ReadPacerTests() => _pacer = new ReadPacer(_time);

    [Fact]
    public void A_stream_with_less_than_two_messages_in_a_pause_is_read_at_once() =>
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(TimeSpan.Zero, Read(after: TimeSpan.FromMicroseconds(126))));

    [Fact]
    public void A_fast_stream_gathers_for_a_pause_before_each_read()
    {
        BecomeFast();

        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(ReadPacer.Pause, Read(after: TimeSpan.FromMicroseconds(310), messages: 6)));
    }

    [Fact]
    public void The_message_after_a_silence_is_read_at_once()
    {
        BecomeFast();

        Assert.Equal(TimeSpan.Zero, Read(after: TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void What_the_broker_waits_for_is_not_held_up()
    {
        BecomeFast();

        Assert.Equal(TimeSpan.Zero, Read(after: TimeSpan.FromMicroseconds(50), isAwaited: true));
    }

    [Fact]
    public void A_read_that_took_many_messages_is_followed_by_the_next_one_at_once()
    {
        BecomeFast();

        Assert.Equal(TimeSpan.Zero, Read(after: TimeSpan.FromMicroseconds(250), messages: 64));
    }

    [Fact]
    public void Other_packets_are_not_counted_and_not_waited_for()
    {
        BecomeFast();

        Assert.Equal(TimeSpan.Zero, _pacer.Next(0, isAwaited: false));
        Assert.Equal(ReadPacer.Pause, Read(after: TimeSpan.FromMicroseconds(50)));
    }

    private void BecomeFast()
    {
        for (int read = 0; read < 50; read++)
            Read(after: TimeSpan.FromMicroseconds(50));
    }

    private TimeSpan Read(TimeSpan after, long messages = 1, bool isAwaited = false)
    {
        _time.Advance(after);
        return _pacer.Next(messages, isAwaited);
    }
}
