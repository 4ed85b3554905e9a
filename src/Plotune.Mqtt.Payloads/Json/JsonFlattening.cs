using System.Buffers.Text;
using Plotune.Mqtt.Payloads.Time;

namespace Plotune.Mqtt.Payloads.Json;

/// <summary>Makes the samples of one parsed payload: what is the value, what the time, which paths are known, and then each leaf.</summary>
internal ref struct JsonFlattening
{
    private const int LongestEscape = 6;

    private readonly DecoderContext _context;
    private readonly SignalTree _tree;
    private readonly ReadOnlySpan<byte> _payload;
    private readonly long _arrivalMicros;
    private readonly DecodedMessage _message;
    private readonly Span<JsonToken> _tokens;

    /// <summary>The token that is flattened: the payload itself, or the value of a value object.</summary>
    private readonly int _start;
    private readonly TopMembers _top;
    private long _timeMicros;

    public JsonFlattening(DecoderContext context, SignalTree tree, ReadOnlySpan<byte> payload, long arrivalMicros, DecodedMessage message)
    {
        _context = context;
        _tree = tree;
        _payload = payload;
        _arrivalMicros = arrivalMicros;
        _timeMicros = arrivalMicros;
        _message = message;
        _tokens = context.Tape.Tokens;
        _top = _tokens[0].Kind == JsonTokenKind.Object ? TopMembers.Find(_tokens, payload) : default;
        _start = _top.Value > 0 ? _top.Value : _top.Val;
    }

    /// <summary>The same bytes with other values in the slots mean the same: a template can be made of the payload.</summary>
    public bool IsTypical { get; private set; } = true;

    private readonly bool IsValueObject => _start > 0;

    public DecodeResult Run()
    {
        ChooseTime();
        if (CountLeaves() > _context.Options.MaximumLeaves)
        {
            return DecodeResult.TooManyLeaves;
        }

        ResolvePaths();
        AddSamples();
        _message.TimeMicros = _timeMicros;
        if (IsValueObject)
        {
            DescribeValue();
        }

        return DecodeResult.Decoded;
    }

    private void ChooseTime()
    {
        foreach (var candidate in (ReadOnlySpan<int>)[_top.Timestamp, _top.Time, _top.Ts, _top.T])
        {
            if (candidate == 0)
            {
                continue;
            }

            ref var token = ref _tokens[candidate];
            if (token.Kind is JsonTokenKind.Number or JsonTokenKind.String)
            {
                // Many devices call a temperature "t".
                UseTime(ref token, mustBePlausible: candidate == _top.T && !IsValueObject);
                return;
            }

            // Were it a number or a text next time, it would be the time.
            IsTypical &= token.IsContainer;
        }
    }

    private void UseTime(ref JsonToken token, bool mustBePlausible)
    {
        var written = _payload.Slice(token.Start, token.Length);
        var tolerance = _context.TimestampToleranceMicros;
        var plausible = token.Kind == JsonTokenKind.Number
            ? PayloadTime.TryReadNumber(written, _arrivalMicros, tolerance, out var micros)
            : PayloadTime.TryReadText(written[1..^1], token.TextIsEscaped, _arrivalMicros, tolerance, out micros);
        if (plausible)
        {
            _timeMicros = micros;
        }

        token.IsDead = plausible || !mustBePlausible;
        token.Role = !mustBePlausible ? SlotRole.Time : plausible ? SlotRole.PlausibleTime : SlotRole.LeafUnlessTime;
    }

    private readonly int CountLeaves()
    {
        var leaves = 0;
        foreach (ref readonly var token in _tokens[_start.._tokens[_start].Next])
        {
            leaves += token is { IsLeaf: true, IsDead: false } ? 1 : 0;
        }

        return leaves;
    }

    /// <summary>Finds or makes the node of each token; of two that share a path the earlier is dead.</summary>
    private readonly void ResolvePaths()
    {
        var number = ++_context.PayloadNumber;
        _tokens[_start].Node = _tree.Root;
        var end = _tokens[_start].Next;
        for (var i = _start + 1; i < end;)
        {
            ref var token = ref _tokens[i];
            ref var parent = ref _tokens[token.Parent];
            var node = token.IsDead || parent.Node is null ? null : parent.Kind == JsonTokenKind.Array ? Element(ref parent, i) : Member(ref parent, i);
            if (node is null)
            {
                i = token.Next;
                continue;
            }

            if (node.LastPayload == number)
            {
                _tokens[node.LastToken].IsDead = true;
            }

            node.LastPayload = number;
            node.LastToken = i;
            token.Node = node;
            i++;
        }
    }

    private readonly ShapeNode? Member(ref JsonToken parent, int index)
    {
        ref var token = ref _tokens[index];
        var name = _payload.Slice(token.NameStart, token.NameLength);
        if (token.NameIsEscaped)
        {
            if (name.Length > LongestEscape * SignalTree.MaximumPathBytes)
            {
                return null;
            }

            var room = _context.Scratch(name.Length);
            name = room[..JsonString.Unescape(name, room, out _)];
        }

        return parent.Node!.Find(name, ref parent.ExpectedChild) ?? Learn(ref parent, index, name);
    }

    private readonly ShapeNode? Element(ref JsonToken parent, int index)
    {
        var element = parent.Members++;
        if (parent.Node!.FindElement(element, ref parent.ExpectedChild) is { } known)
        {
            return known;
        }

        Span<byte> name = stackalloc byte[11];
        Utf8Formatter.TryFormat(element, name, out var length);
        return Learn(ref parent, index, name[..length]);
    }

    private readonly ShapeNode? Learn(ref JsonToken parent, int index, scoped ReadOnlySpan<byte> name)
    {
        ref var token = ref _tokens[index];
        var holdsSomething = token.IsLeaf || token.Next > index + 1;
        var node = holdsSomething ? _tree.Add(parent.Node!, name) : null;
        parent.ExpectedChild = node is null ? parent.ExpectedChild : node.Ordinal + 1;
        return node;
    }

    private void AddSamples()
    {
        var end = _tokens[_start].Next;
        for (var i = _start; i < end;)
        {
            ref var token = ref _tokens[i];
            if (token.IsDead)
            {
                i = token.Next;
                continue;
            }

            if (token.IsLeaf)
            {
                AddLeaf(ref token);
            }
            else if (token.Kind == JsonTokenKind.Null)
            {
                AddGap(ref token);
            }

            i++;
        }
    }

    private void AddLeaf(ref JsonToken token)
    {
        var kind = token.Kind switch
        {
            JsonTokenKind.Number => SignalValueKind.Number,
            JsonTokenKind.String => SignalValueKind.Text,
            _ => SignalValueKind.Boolean,
        };
        if (token.Node is null || !_tree.IsRegistered(token.Node, kind))
        {
            _message.LeavesLeftOut++;
            IsTypical &= token.Role != SlotRole.LeafUnlessTime;
            token.Role = SlotRole.LeftOut;
            return;
        }

        token.Role = token.Role == SlotRole.LeafUnlessTime ? SlotRole.LeafUnlessTime : SlotRole.Leaf;
        if (kind == SignalValueKind.Text)
        {
            TextSamples.Add(_message, token.Node.SignalId, Content(token), token.TextIsEscaped, _context.Options.MaximumTextBytes);
            return;
        }

        _message.Add(new SignalSample(token.Node.SignalId, kind, kind == SignalValueKind.Number ? token.Number : token.Kind == JsonTokenKind.True ? 1 : 0));
    }

    private void AddGap(ref JsonToken token)
    {
        token.Role = SlotRole.Fixed;
        if (token.Node is null)
        {
            return;
        }

        SignalTree.AddGaps(token.Node, _message);
        token.Role = token.Node.State == SignalState.Registered ? SlotRole.Leaf : SlotRole.Fixed;
        IsTypical &= token.Node.Children.Length == 0;
    }

    private readonly void DescribeValue()
    {
        var unit = Text(_top.Unit);
        if (!unit.IsNamed)
        {
            unit = Text(_top.Units);
        }

        _tokens[_top.Unit].Role = SlotRole.Fixed;
        _tokens[_top.Units].Role = SlotRole.Fixed;
        _tokens[_top.Description].Role = SlotRole.Fixed;
        if (!_tokens[_start].IsContainer)
        {
            _tree.Describe(unit, Text(_top.Description));
        }
    }

    private readonly NamedText Text(int member)
    {
        ref var token = ref _tokens[member];
        if (token.Kind != JsonTokenKind.String)
        {
            return default;
        }

        var content = Content(token);
        var limit = _context.Options.MaximumTextBytes;
        if (!token.TextIsEscaped)
        {
            return new NamedText(content[..Utf8Text.CutLength(content, limit)]);
        }

        Span<byte> unescaped = new byte[Math.Min(content.Length, limit)];
        return new NamedText(unescaped[..JsonString.Unescape(content, unescaped, out _)]);
    }

    private readonly ReadOnlySpan<byte> Content(in JsonToken token) => _payload.Slice(token.Start + 1, token.Length - 2);
}
