using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.EventSources.Redis;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>/api/event-sources</c>.</summary>
internal sealed class EventSourceEndpoints(EventSourceService sources, IOutboundQueues queues)
{
    private const string Prefix = "/api/event-sources/";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/event-sources", ListAsync);
        routes.MapPost("/api/event-sources/test", TestAsync);
        routes.MapGet("/api/event-sources/{**name}", GetAsync);
        routes.MapPut("/api/event-sources/{**name}", PutAsync);
        routes.MapDelete("/api/event-sources/{**name}", DeleteAsync);
    }

    private Task ListAsync(HttpContext context)
    {
        EventSourceAnswer[] all = [.. sources.List().Select(source => EventSourceAnswer.Of(source, queues))];
        return ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, new EventSourcesAnswer(all), ApiJson.Readable.EventSourcesAnswer);
    }

    private Task GetAsync(HttpContext context)
    {
        var name = RequestName.Of(context, Prefix);
        return sources.Get(name) is { } found ? ShowAsync(context, found) : NotFoundAsync(context, name);
    }

    private async Task PutAsync(HttpContext context)
    {
        var name = RequestName.Of(context, Prefix);
        var settings = await RequestBody.ReadAsync(context, (body, faults) => new RedisSourceReader(sources.Get(name)?.Settings).Read(name, new JsonFields(body, "", faults)));
        try
        {
            await ShowAsync(context, await sources.PutAsync(settings, context.RequestAborted));
        }
        catch (StorageException exception)
        {
            await ApiAnswer.WriteDetailAsync(context, StatusCodes.Status503ServiceUnavailable, $"Nothing is changed. {exception.Message}");
        }
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var name = RequestName.Of(context, Prefix);
        try
        {
            if (await sources.DeleteAsync(name, context.RequestAborted))
                await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, new OutcomeAnswer("success", $"{name} is removed"), ApiJson.Readable.OutcomeAnswer);
            else
                await NotFoundAsync(context, name);
        }
        catch (StorageException exception)
        {
            await ApiAnswer.WriteDetailAsync(context, StatusCodes.Status503ServiceUnavailable, $"Nothing is changed. {exception.Message}");
        }
    }

    private async Task TestAsync(HttpContext context)
    {
        var settings = await RequestBody.ReadAsync(context, (body, faults) =>
        {
            var name = new JsonFields(body, "", new FaultList()).Text("name") is { Length: > 0 } given ? given : "test";
            return new RedisSourceReader(sources.Get(name)?.Settings).Read(name, new JsonFields(body, "", faults));
        });
        var result = await RedisSourceTest.RunAsync(settings, context.RequestAborted);
        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, new EventSourceTestAnswer(result.Success, result.Reason, result.Pending), ApiJson.Readable.EventSourceTestAnswer);
    }

    private Task ShowAsync(HttpContext context, RedisEventSource source) =>
        ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, EventSourceAnswer.Of(source, queues), ApiJson.Readable.EventSourceAnswer);

    private static Task NotFoundAsync(HttpContext context, string name) =>
        ApiAnswer.WriteDetailAsync(context, StatusCodes.Status404NotFound, $"There is no event source named '{name}'");
}
