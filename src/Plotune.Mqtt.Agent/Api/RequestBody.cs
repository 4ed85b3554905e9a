using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>Reads JSON bodies; what is no JSON object is refused with 422, what is too large with 413.</summary>
internal static class RequestBody
{
    /// <summary>Largest body accepted.</summary>
    public const int MaximumBytes = 1 << 20;

    /// <summary>How much of a body that is refused unread is still taken off the connection, so that its sender gets to read the answer.</summary>
    private const int DiscardedBytes = 64 << 20;

    public static async Task<JsonDocument> ReadObjectAsync(HttpContext context)
    {
        RefuseTooLarge(context);
        JsonDocument document;
        try
        {
            document = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
        }
        catch (JsonException exception)
        {
            throw new RefusedBodyException("body", $"is not JSON, or nested deeper than 64 levels: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}");
        }

        var fault = FaultOf(document.RootElement);
        if (fault is null) return document;
        document.Dispose();
        throw new RefusedBodyException("body", fault);
    }

    /// <summary>Reads the body and hands it to <paramref name="read"/>; its faults are answered all at once.</summary>
    public static async Task<T> ReadAsync<T>(HttpContext context, Func<JsonElement, FaultList, T?> read) where T : class
    {
        using var document = await ReadObjectAsync(context);
        return Read(document, read);
    }

    /// <summary>Hands a body to <paramref name="read"/>; its faults are answered all at once.</summary>
    public static T Read<T>(JsonDocument document, Func<JsonElement, FaultList, T?> read) where T : class
    {
        var faults = new FaultList();
        var result = read(document.RootElement, faults);
        if (faults.Count > 0) throw new RefusedBodyException([.. faults]);
        return result ?? throw new InvalidOperationException("A body without faults gave nothing");
    }

    /// <summary>Kestrel would refuse it and close the connection with the rest unread; the reset that follows can overtake the answer.</summary>
    private static void RefuseTooLarge(HttpContext context)
    {
        if (context.Request.ContentLength is not > MaximumBytes) return;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = DiscardedBytes;
        throw new BadHttpRequestException($"The body is larger than {MaximumBytes} bytes", StatusCodes.Status413PayloadTooLarge);
    }

    private static string? FaultOf(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object) return "must be a JSON object";
        try
        {
            ReadNames(body);
            return null;
        }
        catch (InvalidOperationException)
        {
            return "names a member in what is not well-formed Unicode";
        }
    }

    /// <summary>Looking for a member fails on half a surrogate pair in the name of any other, so names are read before anything is looked for.</summary>
    private static void ReadNames(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var entry in element.EnumerateArray()) ReadNames(entry);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                _ = member.Name;
                ReadNames(member.Value);
            }
        }
    }
}
