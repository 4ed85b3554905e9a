using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>/api/built-in-broker</c>.</summary>
internal sealed class BuiltInBrokerEndpoints(BuiltInBrokerService broker, BrokerCounters counters)
{
    private const string Route = "/api/built-in-broker";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Route, ShowAsync);
        routes.MapPut(Route, PutAsync);
    }

    private Task ShowAsync(HttpContext context) =>
        ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, BuiltInBrokerAnswer.Of(broker, counters), ApiJson.Readable.BuiltInBrokerAnswer);

    private async Task PutAsync(HttpContext context)
    {
        var settings = await RequestBody.ReadAsync(context, (body, faults) => BuiltInBrokerReader.Read(new JsonFields(body, "", faults), broker.Settings));
        await broker.PutAsync(settings, context.RequestAborted);
        await ShowAsync(context);
    }
}
