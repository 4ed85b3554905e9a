using System.Buffers;
using System.Text.Json;
using Plotune.Mqtt.Agent.Api;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary><c>{"status":{...}}</c>: once a second if anything but the time has changed, and at once when the page begins to show it.</summary>
internal sealed class StatusPart(MonitorStatus status, TimeProvider timeProvider) : IMonitorPart
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Least time between two frames, however often the page turns it off and on.</summary>
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromMilliseconds(200);

    private ArrayBufferWriter<byte> _current = new();
    private ArrayBufferWriter<byte> _sent = new();
    private TimeSpan _written = -Period;

    public TimeSpan Due { get; private set; } = TimeSpan.MaxValue;

    public void Show(MonitorShow show, TimeSpan now)
    {
        if (show.Status == (Due != TimeSpan.MaxValue)) return;
        Due = show.Status ? Max(now, _written + ShortestPeriod) : TimeSpan.MaxValue;
        _sent.ResetWrittenCount();
    }

    public void Write(TextFrameBuffer frames, Utf8JsonWriter json, TimeSpan now)
    {
        _written = now;
        Due = now + Period;
        var agent = status.ReadAgent();
        var parts = WriteComparable(json, agent);
        if (_current.WrittenSpan.SequenceEqual(_sent.WrittenSpan)) return;
        (_current, _sent) = (_sent, _current);
        frames.BeginFrame();
        frames.Append("{\"status\":"u8);
        json.Reset(frames);
        json.WriteStartObject();
        json.WriteNumber("now", UnixTime.SecondsOf(timeProvider.GetUtcNow()));
        json.WritePropertyName("agent");
        JsonSerializer.Serialize(json, agent, ApiJson.Readable.AgentStatusAnswer);
        json.Flush();
        frames.Append(","u8);
        frames.Append(_sent.WrittenSpan[1..parts]);
        frames.Append("}}"u8);
        frames.EndFrame();
    }

    /// <summary>Writes what a frame holds without the times that go on by themselves.</summary>
    /// <returns>Where the parts end; they begin behind the opening brace.</returns>
    private int WriteComparable(Utf8JsonWriter json, AgentStatusAnswer agent)
    {
        _current.ResetWrittenCount();
        json.Reset(_current);
        json.WriteStartObject();
        status.WriteParts(json);
        json.Flush();
        var parts = _current.WrittenCount;
        json.WritePropertyName("agent");
        JsonSerializer.Serialize(json, agent with { Uptime = 0 }, ApiJson.Readable.AgentStatusAnswer);
        json.WriteEndObject();
        json.Flush();
        return parts;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
