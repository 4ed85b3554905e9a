namespace Plotune.Mqtt.Payloads.Json;

internal enum JsonTokenKind : byte
{
    Object,
    Array,
    Null,
    Number,
    True,
    False,
    String,
}
