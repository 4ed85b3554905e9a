using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>/api/signals</c>.</summary>
internal sealed class SignalEndpoints(SignalStore signals)
{
    private const string Prefix = "/api/signals/";
    private const string HistorySuffix = "/history";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/signals", ListAsync);
        routes.MapGet("/api/signals/{**name}", GetAsync);
    }

    private async Task ListAsync(HttpContext context)
    {
        var limit = RequestQuery.Number(context, "limit", 100, 1, 1000);
        var page = signals.Page(
            RequestQuery.Text(context, "match"), RequestQuery.Text(context, "connection"), limit, RequestQuery.Text(context, "after"), out var next);
        await using var answer = JsonAnswer.Begin(context);
        var writer = answer.Writer;
        writer.WriteStartObject();
        writer.WriteStartArray("signals");
        foreach (var signal in page) SignalJson.Write(writer, signal);
        writer.WriteEndArray();
        writer.WriteString("next", next);
        writer.WriteEndObject();
    }

    private Task GetAsync(HttpContext context)
    {
        var wantsHistory = context.Request.Path.Value!.EndsWith(HistorySuffix, StringComparison.OrdinalIgnoreCase);
        var name = RequestName.Of(context, Prefix, wantsHistory ? HistorySuffix : "");
        if (signals.Find(name) is not { } signal)
        {
            return ApiAnswer.WriteDetailAsync(context, StatusCodes.Status404NotFound, $"There is no signal named '{name}'");
        }

        return wantsHistory ? WriteHistoryAsync(context, signal) : WriteSignalAsync(context, signal);
    }

    private static async Task WriteSignalAsync(HttpContext context, Signal signal)
    {
        await using var answer = JsonAnswer.Begin(context);
        SignalJson.Write(answer.Writer, signal);
    }

    private async Task WriteHistoryAsync(HttpContext context, Signal signal)
    {
        var samples = signals.History(signal);
        await using var answer = JsonAnswer.Begin(context);
        var writer = answer.Writer;
        writer.WriteStartObject();
        writer.WriteString("name", signal.Key);
        writer.WriteStartArray("samples");
        foreach (var sample in samples)
        {
            writer.WriteStartArray();
            SignalJson.WriteTime(writer, sample.TimeMicros);
            SignalJson.WriteValue(writer, sample);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
