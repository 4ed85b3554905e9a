using System.Text.Unicode;
using Plotune.Mqtt.Payloads.Raw;

namespace Plotune.Mqtt.Payloads.Json;

/// <summary>
/// Decides per payload: JSON, else a bare number or boolean, else a text. A payload written like an earlier one is decoded by that one's template; any other is
/// parsed and checked whole before the first sample is made or signal registered.
/// </summary>
internal sealed class JsonOrTextDecoder(string topic, DecoderContext context) : IPayloadDecoder
{
    private readonly SignalTree _tree = new(topic, context);
    private TemplateCache _templates = new();

    public DecodeResult Decode(ReadOnlySpan<byte> payload, long arrivalMicros, DecodedMessage message)
    {
        message.Clear();
        message.TimeMicros = arrivalMicros;
        if (payload.StartsWith(Utf8Text.ByteOrderMark))
        {
            payload = payload[Utf8Text.ByteOrderMark.Length..];
        }

        if (payload.Length == 0)
        {
            SignalTree.AddGaps(_tree.Root, message);
            return DecodeResult.Decoded;
        }

        return _templates.TryDecode(payload, arrivalMicros, message) ? DecodeResult.Decoded : DecodeUnfamiliar(payload, arrivalMicros, message);
    }

    private DecodeResult DecodeUnfamiliar(ReadOnlySpan<byte> payload, long arrivalMicros, DecodedMessage message)
    {
        if (!Utf8.IsValid(payload))
        {
            return DecodeResult.NotText;
        }

        if (!context.Tape.TryParse(payload))
        {
            DecodeText(payload, message);
            return DecodeResult.Decoded;
        }

        if (context.Tape.Depth > context.Options.MaximumDepth)
        {
            return DecodeResult.TooDeep;
        }

        var version = _tree.Version;
        var flattening = new JsonFlattening(context, _tree, payload, arrivalMicros, message);
        var result = flattening.Run();
        if (_tree.Version != version)
        {
            _templates.Clear();
        }

        if (result == DecodeResult.Decoded && flattening.IsTypical)
        {
            _templates.Learn(context, payload, _tree.Signals);
        }

        return result;
    }

    private void DecodeText(ReadOnlySpan<byte> payload, DecodedMessage message)
    {
        var version = _tree.Version;
        if (PlainText.TryReadNumber(payload, out var number))
        {
            AddValue(SignalValueKind.Number, number, message);
        }
        else if (PlainText.TryReadBoolean(payload, out var value))
        {
            AddValue(SignalValueKind.Boolean, value ? 1 : 0, message);
        }
        else if (_tree.IsRegistered(_tree.Root, SignalValueKind.Text))
        {
            TextSamples.Add(message, _tree.Root.SignalId, payload, isEscaped: false, context.Options.MaximumTextBytes);
        }
        else
        {
            message.LeavesLeftOut++;
        }

        if (_tree.Version != version)
        {
            _templates.Clear();
        }
    }

    private void AddValue(SignalValueKind kind, double number, DecodedMessage message)
    {
        if (_tree.IsRegistered(_tree.Root, kind))
        {
            message.Add(new SignalSample(_tree.Root.SignalId, kind, number));
        }
        else
        {
            message.LeavesLeftOut++;
        }
    }
}
