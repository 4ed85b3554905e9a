using System.Text.Json.Serialization.Metadata;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>Writes answers.</summary>
internal static class ApiAnswer
{
    public static Task WriteAsync<T>(HttpContext context, int status, T answer, JsonTypeInfo<T> typeInfo)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(answer, typeInfo, cancellationToken: context.RequestAborted);
    }

    public static Task WriteDetailAsync(HttpContext context, int status, string detail) =>
        WriteAsync(context, status, new DetailAnswer(detail), ApiJson.Readable.DetailAnswer);

    public static Task WriteFaultsAsync(HttpContext context, IEnumerable<ValidationFault> faults)
    {
        FaultEntry[] entries = [.. faults.Select(fault => new FaultEntry(fault.Field, fault.Message))];
        return WriteAsync(context, StatusCodes.Status422UnprocessableEntity, new FaultsAnswer(entries), ApiJson.Readable.FaultsAnswer);
    }

    public static IResult Detail(int status, string detail) => Results.Json(new DetailAnswer(detail), ApiJson.Readable.DetailAnswer, statusCode: status);
}
