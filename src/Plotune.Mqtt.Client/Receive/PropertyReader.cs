using System.Buffers.Binary;
using Plotune.Mqtt.Client.Receive;

namespace Plotune.Mqtt.Client;

/// <summary>
/// Walks the properties of a packet without allocating:
/// <code>var properties = new PropertyReader(publish.Properties); while (properties.MoveNext()) { ... }</code>
/// </summary>
public ref struct PropertyReader
{
    private static readonly ProtocolViolation Unknown =
        ProtocolViolation.Malformed("A packet holds a property that the protocol does not know (MQTT 5.0, 2.2.2.2).");

    private static readonly ProtocolViolation Truncated =
        ProtocolViolation.Malformed("A property reaches beyond the end of the properties (MQTT 5.0, 2.2.2).");

    private static readonly ProtocolViolation BadInteger =
        ProtocolViolation.Malformed("A Variable Byte Integer is longer than it may be [MQTT-1.5.5-1].");

    private ReadOnlySpan<byte> _rest;

    /// <param name="properties">A property set without its length field, such as <see cref="InboundPublish.Properties"/>.</param>
    public PropertyReader(ReadOnlySpan<byte> properties) => _rest = properties;

    /// <summary>Identifier of the current property.</summary>
    public PropertyIdentifier Identifier { get; private set; }

    /// <summary>Value of the current property, if it is a number of any size.</summary>
    public uint Number { get; private set; }

    /// <summary>Value of the current property, if it is a string, binary data, or a User Property.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Name of the current User Property; otherwise empty.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Goes to the next property; false after the last.</summary>
    /// <exception cref="MqttProtocolException">The bytes are no property set, which those of an <see cref="InboundPublish"/> always are.</exception>
    public bool MoveNext() => !_rest.IsEmpty && (Read(out _) is { } violation ? throw violation.ToException() : true);

    /// <summary>As <see cref="MoveNext"/>, for bytes nobody has checked yet: null and an empty rest after the last property.</summary>
    internal ProtocolViolation? Read(out PropertyDefinition definition)
    {
        Identifier = (PropertyIdentifier)_rest[0];
        _rest = _rest[1..];
        Name = Value = default;
        Number = 0;
        definition = PropertyDefinition.Of(Identifier);
        switch (definition.Type)
        {
            case PropertyType.Byte:
                return ReadInteger(1);
            case PropertyType.TwoByteInteger:
                return ReadInteger(2);
            case PropertyType.FourByteInteger:
                return ReadInteger(4);
            case PropertyType.VariableByteInteger:
                return ReadVariableByteInteger();
            case PropertyType.Utf8String or PropertyType.BinaryData:
                return ReadValue();
            case PropertyType.Utf8StringPair:
                return ReadPair();
            default:
                return Unknown;
        }
    }

    /// <summary>True after the last property.</summary>
    internal readonly bool AtEnd => _rest.IsEmpty;

    private ProtocolViolation? ReadInteger(int size)
    {
        if (_rest.Length < size)
            return Truncated;
        Number = size switch
        {
            1 => _rest[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(_rest),
            _ => BinaryPrimitives.ReadUInt32BigEndian(_rest),
        };
        _rest = _rest[size..];
        return null;
    }

    private ProtocolViolation? ReadVariableByteInteger()
    {
        int size = VariableByteInteger.Read(_rest, out int value);
        if (size <= 0)
            return size == 0 ? Truncated : BadInteger;
        if (VariableByteInteger.IsPadded(value, size))
            return BadInteger;
        Number = (uint)value;
        _rest = _rest[size..];
        return null;
    }

    private ProtocolViolation? ReadPair()
    {
        if (ReadBlock(out ReadOnlySpan<byte> name) is { } violation)
            return violation;
        Name = name;
        return ReadValue();
    }

    private ProtocolViolation? ReadValue()
    {
        ProtocolViolation? violation = ReadBlock(out ReadOnlySpan<byte> value);
        Value = value;
        return violation;
    }

    private ProtocolViolation? ReadBlock(out ReadOnlySpan<byte> block)
    {
        block = default;
        if (_rest.Length < 2)
            return Truncated;
        int length = BinaryPrimitives.ReadUInt16BigEndian(_rest);
        if (_rest.Length - 2 < length)
            return Truncated;
        block = _rest.Slice(2, length);
        _rest = _rest[(2 + length)..];
        return null;
    }
}
