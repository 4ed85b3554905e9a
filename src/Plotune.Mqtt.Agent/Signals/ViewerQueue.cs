namespace Plotune.Mqtt.Agent.Signals;

/// <summary>A ring of formatted samples that grows as it fills. Not thread-safe.</summary>
internal sealed class ViewerQueue
{
    private const int InitialCapacity = 16;

    private ViewerSample[] _samples = [];
    private int _oldest;

    public int Count { get; private set; }

    /// <summary>Bytes of JSON.</summary>
    public long Bytes { get; private set; }

    public void Enqueue(in ViewerSample sample)
    {
        if (Count == _samples.Length)
            Grow();

        _samples[Position(Count++)] = sample;
        Bytes += sample.Json.Length;
    }

    public ViewerSample Dequeue()
    {
        var sample = _samples[_oldest];
        _samples[_oldest] = default;
        _oldest = Position(1);
        Count--;
        Bytes -= sample.Json.Length;
        return sample;
    }

    /// <summary>Takes the oldest ones.</summary>
    /// <returns>How many.</returns>
    public int Dequeue(Span<ViewerSample> destination)
    {
        var taken = Math.Min(Count, destination.Length);
        for (var i = 0; i < taken; i++)
            destination[i] = Dequeue();

        return taken;
    }

    public void Clear()
    {
        _samples = [];
        _oldest = Count = 0;
        Bytes = 0;
    }

    private int Position(int index)
    {
        var at = _oldest + index;
        return at < _samples.Length ? at : at - _samples.Length;
    }

    private void Grow()
    {
        var grown = new ViewerSample[Math.Max(InitialCapacity, _samples.Length * 2)];
        _samples.AsSpan(_oldest).CopyTo(grown);
        _samples.AsSpan(0, _oldest).CopyTo(grown.AsSpan(_samples.Length - _oldest));
        _samples = grown;
        _oldest = 0;
    }
}
