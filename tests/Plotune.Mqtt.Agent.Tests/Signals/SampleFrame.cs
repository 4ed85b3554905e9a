using System.Text;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Tests.Signals;

/// <summary>Builds bodies of Samples frames.</summary>
internal sealed class SampleFrame
{
    private readonly SamplesWriter _writer = new();

    public SamplesReader Reader => new(_writer.Body);

    public static SampleFrame Of(int id, long timeMicros, double number, bool retained = false) => new SampleFrame().Number(id, timeMicros, number, retained);

    public SampleFrame Number(int id, long timeMicros, double number, bool retained = false)
    {
        _writer.Append(timeMicros, retained, [new SignalSample(id, SignalValueKind.Number, number)], default);
        return this;
    }

    public SampleFrame Boolean(int id, long timeMicros, bool value)
    {
        _writer.Append(timeMicros, retained: false, [new SignalSample(id, SignalValueKind.Boolean, value ? 1 : 0)], default);
        return this;
    }

    public SampleFrame Gap(int id, long timeMicros)
    {
        _writer.Append(timeMicros, retained: false, [new SignalSample(id, SignalValueKind.Gap)], default);
        return this;
    }

    public SampleFrame Text(int id, long timeMicros, string text, bool cut = false) => Text(id, timeMicros, Encoding.UTF8.GetBytes(text), cut);

    public SampleFrame Text(int id, long timeMicros, byte[] text, bool cut = false)
    {
        _writer.Append(timeMicros, retained: false, [new SignalSample(id, SignalValueKind.Text, 0, 0, text.Length, cut)], text);
        return this;
    }

    public SampleFrame Clear()
    {
        _writer.Clear();
        return this;
    }
}
