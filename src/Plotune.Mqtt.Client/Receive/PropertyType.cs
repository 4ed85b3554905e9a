namespace Plotune.Mqtt.Client.Receive;

/// <summary>Data types a property can have (MQTT 5.0, 1.5).</summary>
internal enum PropertyType : byte
{
    Unknown,
    Byte,
    TwoByteInteger,
    FourByteInteger,
    VariableByteInteger,
    Utf8String,
    BinaryData,
    Utf8StringPair,
}
