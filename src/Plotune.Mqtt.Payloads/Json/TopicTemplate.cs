namespace Plotune.Mqtt.Payloads.Json;

/// <summary>A template and the signals one topic has in it. The signal of a template with one leaf lies here, where it costs no further look into memory.</summary>
internal struct TopicTemplate
{
    private PayloadTemplate? _template;
    private int[]? _signals;
    private int _onlySignal;

    /// <summary>Memory of what was here before is used again, if it is large enough.</summary>
    public void Set(PayloadTemplate template, ReadOnlySpan<int> signals)
    {
        _template = template;
        if (signals.Length == 1 && _signals is null)
        {
            _onlySignal = signals[0];
            return;
        }

        if (_signals is null || _signals.Length < signals.Length)
        {
            _signals = new int[signals.Length];
        }

        signals.CopyTo(_signals);
    }

    /// <summary>False if the payload does not fit; there may be samples in the message then.</summary>
    public readonly bool TryDecode(ReadOnlySpan<byte> payload, long arrivalMicros, DecodedMessage message) =>
        _template!.TryDecode(payload, _signals is null ? new ReadOnlySpan<int>(in _onlySignal) : _signals, arrivalMicros, message);
}
