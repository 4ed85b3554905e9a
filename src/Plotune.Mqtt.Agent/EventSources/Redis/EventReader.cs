using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>
/// From an entry of the list to a message: <c>{"topic","payload","qos","retain","timestamp"}</c>, with the source's prefix, overrides and filters. Pure. Lenient where
/// the meaning is plain: a payload that is no text goes out as the JSON it is; without <c>qos</c> it is 1, so that the broker acknowledges; without <c>retain</c> it is not retained.
/// </summary>
internal sealed class EventReader
{
    /// <summary>Largest entry that is published; a frame to a worker holds 32 MiB.</summary>
    public const int MaximumBytes = 16 << 20;

    private const QualityOfService DefaultQualityOfService = QualityOfService.AtLeastOnce;

    private readonly RedisSourceSettings _settings;
    private readonly string _prefix;
    private readonly FrozenSet<string> _filteredOut;

    public EventReader(RedisSourceSettings settings)
    {
        _settings = settings;
        _prefix = settings.TopicPrefix.Length == 0 || settings.TopicPrefix.EndsWith('/') ? settings.TopicPrefix : settings.TopicPrefix + "/";
        _filteredOut = settings.Events.Where(filter => !filter.Enabled).Select(filter => filter.Type).ToFrozenSet(StringComparer.Ordinal);
    }

    public TakenEvent Read(ReadOnlyMemory<byte> raw)
    {
        if (raw.Length > MaximumBytes) return Faulty(raw, $"The event is larger than {MaximumBytes >> 20} MiB.");
        try
        {
            using var document = JsonDocument.Parse(raw);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(raw, document.RootElement) : Faulty(raw, "The event is no JSON object.");
        }
        catch (JsonException)
        {
            return Faulty(raw, "The event is not JSON.");
        }
        catch (InvalidOperationException)
        {
            // What JsonElement throws on bytes that are no UTF-8, and on half a surrogate pair.
            return Faulty(raw, "A text in the event is not well-formed Unicode.");
        }
    }

    private TakenEvent Read(ReadOnlyMemory<byte> raw, JsonElement body)
    {
        var taken = new TakenEvent(raw, body.TryGetProperty("timestamp", out var time) && time.ValueKind == JsonValueKind.Number && time.TryGetDouble(out var seconds) ? seconds : null);
        var said = Member(body, "topic");
        var payload = Member(body, "payload");
        if (said is null) return taken with { Fault = "The event has no topic." };
        if (said.Value.ValueKind != JsonValueKind.String) return taken with { Fault = "The topic of the event is no text." };
        if (payload is null) return taken with { Fault = "The event has no payload." };
        var topic = TopicFor(said.Value.GetString()!);
        if (PublishTopic.Error(topic) is { } topicError) return taken with { Fault = topicError };
        if (QualityOf(body) is not { } quality) return taken with { Fault = "The qos of the event is not 0, 1 or 2." };
        if (RetainOf(body) is not { } retain) return taken with { Fault = "The retain of the event is neither true nor false." };
        var bytes = BytesOf(payload.Value);
        var (isJson, type) = Examine(bytes);
        return type is not null && _filteredOut.Contains(type) ? taken : taken with { Message = new OutboundMessage(topic, bytes, quality) { Retain = retain, IsJson = isJson } };
    }

    private string TopicFor(string topic)
    {
        foreach (var candidate in _settings.Topics)
        {
            if (candidate.Apply(topic) is { } instead) return instead;
        }

        // The prefix must not make a topic of none.
        return topic.Length == 0 ? topic : _prefix + topic;
    }

    private QualityOfService? QualityOf(JsonElement body)
    {
        if (_settings.QualityOfService is { } fixedQuality) return fixedQuality;
        if (Member(body, "qos") is not { } value) return DefaultQualityOfService;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number is 0 or 1 or 2 ? (QualityOfService)(int)number : null;
    }

    private bool? RetainOf(JsonElement body)
    {
        if (_settings.Retain is { } fixedRetain) return fixedRetain;
        return Member(body, "retain")?.ValueKind switch
        {
            null or JsonValueKind.False => false,
            JsonValueKind.True => true,
            _ => null,
        };
    }

    private static byte[] BytesOf(JsonElement payload) =>
        payload.ValueKind == JsonValueKind.String ? Encoding.UTF8.GetBytes(payload.GetString()!) : JsonMarshal.GetRawUtf8Value(payload).ToArray();

    /// <summary>Whether a payload is JSON, and the type of event it says it is.</summary>
    private static (bool IsJson, string? Type) Examine(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        string? type = null;
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("event"u8)) continue;
                if (reader.Read() && reader.TokenType == JsonTokenType.String) type = reader.GetString();
            }

            return (true, type);
        }
        catch (JsonException)
        {
            return (false, null);
        }
        catch (InvalidOperationException)
        {
            return (true, null); // A type that is no well-formed Unicode is none that a filter names.
        }
    }

    /// <summary>Null where it is absent, or null.</summary>
    private static JsonElement? Member(JsonElement body, string name) => body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static TakenEvent Faulty(ReadOnlyMemory<byte> raw, string fault) => new(raw, null) { Fault = fault };
}
