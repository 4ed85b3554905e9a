using System.Text.Json;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>Reads JSON bodies; what is no JSON object is refused with 422, what is too large by Kestrel with 413.</summary>
internal static class RequestBody
{
    /// <summary>Largest body accepted.</summary>
    public const int MaximumBytes = 1 << 20;

    public static async Task<JsonDocument> ReadObjectAsync(HttpContext context)
    {
        JsonDocument document;
        try
        {
            document = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
        }
        catch (JsonException exception)
        {
            throw new RefusedBodyException("body", $"is not JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}");
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
        document.Dispose();
        throw new RefusedBodyException("body", "must be a JSON object");
    }

    /// <summary>Reads the body and hands it to <paramref name="read"/>; its faults are answered all at once.</summary>
    public static async Task<T> ReadAsync<T>(HttpContext context, Func<JsonElement, FaultList, T?> read) where T : class
    {
        using var document = await ReadObjectAsync(context);
        var faults = new FaultList();
        var result = read(document.RootElement, faults);
        if (faults.Count > 0) throw new RefusedBodyException([.. faults]);
        return result ?? throw new InvalidOperationException("A body without faults gave nothing");
    }
}
