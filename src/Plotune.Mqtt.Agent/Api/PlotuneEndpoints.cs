using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>What Plotune Core calls, but for the form, the sample stream and bridges.</summary>
internal sealed class PlotuneEndpoints(SignalStore signals, IConnectionManager connections, IHostApplicationLifetime lifetime)
{
    private const int PageSize = 1000;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", context => ApiAnswer.WriteAsync(context, 200, new HealthAnswer("ok"), ApiJson.Readable.HealthAnswer));
        routes.MapGet("/stop", Stop);
        routes.MapGet("/fetch-meta", WriteSignalNames);
        routes.MapGet("/functions", context => ApiAnswer.WriteAsync(context, 200, new FunctionsAnswer([]), ApiJson.Readable.FunctionsAnswer));
        routes.MapPost("/start", StartAsync);
        routes.MapPost("/add-variable/{**name}", context => NotHandled(context, "This extension does not compute variables"));
        routes.MapPost("/read-file", context => NotHandled(context, "This extension does not read files"));
    }

    // The contract answers what an extension does not handle with 500.
    private static Task NotHandled(HttpContext context, string detail) => ApiAnswer.WriteDetailAsync(context, StatusCodes.Status500InternalServerError, detail);

    private Task Stop(HttpContext context)
    {
        context.Response.OnCompleted(() =>
        {
            lifetime.StopApplication();
            return Task.CompletedTask;
        });
        return ApiAnswer.WriteAsync(context, 200, new HealthAnswer("stopping"), ApiJson.Readable.HealthAnswer);
    }

    private async Task StartAsync(HttpContext context)
    {
        await connections.RestartAllAsync(context.RequestAborted);
        await ApiAnswer.WriteAsync(context, 200, new OutcomeAnswer("success", "Every enabled connection is being made anew"), ApiJson.Readable.OutcomeAnswer);
    }

    private async Task WriteSignalNames(HttpContext context)
    {
        await using var answer = JsonAnswer.Begin(context);
        var writer = answer.Writer;
        writer.WriteStartObject();
        writer.WriteStartArray("headers");
        string? after = null;
        do
        {
            foreach (var signal in signals.Page(null, null, PageSize, after, out after)) writer.WriteStringValue(signal.Key);
            await answer.FlushAsync();
        }
        while (after is not null);

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
