using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>/api/connections</c>.</summary>
internal sealed class ConnectionEndpoints(IConnectionManager connections, PluginManifest manifest)
{
    private const string Prefix = "/api/connections/";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/connections", ListAsync);
        routes.MapPost("/api/connections/test", TestAsync);
        routes.MapGet("/api/connections/{**name}", GetAsync);
        routes.MapPut("/api/connections/{**name}", PutAsync);
        routes.MapDelete("/api/connections/{**name}", DeleteAsync);
    }

    private Task ListAsync(HttpContext context)
    {
        ConnectionAnswer[] all = [.. connections.List().Select(ConnectionAnswer.Of)];
        return ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, new ConnectionsAnswer(all), ApiJson.Readable.ConnectionsAnswer);
    }

    private Task GetAsync(HttpContext context)
    {
        var name = RequestName.Of(context, Prefix);
        return connections.Get(name) is { } found
            ? ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, ConnectionAnswer.Of(found), ApiJson.Readable.ConnectionAnswer)
            : NotFoundAsync(context, name);
    }

    private async Task PutAsync(HttpContext context)
    {
        var name = RequestName.Of(context, Prefix);
        using var body = await RequestBody.ReadObjectAsync(context);
        // What the body does not say is kept, so it is read where nobody else can change it.
        var stored = await connections.ChangeAsync(
            () => RequestBody.Read(body, (root, faults) => new ConnectionReader(manifest.Mqtt, connections.Get(name)?.Config).Read(name, root, faults)), context.RequestAborted);
        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, ConnectionAnswer.Of(stored), ApiJson.Readable.ConnectionAnswer);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var name = RequestName.Of(context, Prefix);
        if (await connections.DeleteAsync(name, context.RequestAborted))
        {
            await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, new OutcomeAnswer("success", $"{name} is removed"), ApiJson.Readable.OutcomeAnswer);
        }
        else
        {
            await NotFoundAsync(context, name);
        }
    }

    private async Task TestAsync(HttpContext context)
    {
        var config = await RequestBody.ReadAsync(context, (body, faults) =>
        {
            // Only a connection that is named lends its secrets.
            var name = new JsonFields(body, "", new FaultList()).Text("name");
            return new ConnectionReader(manifest.Mqtt, string.IsNullOrEmpty(name) ? null : connections.Get(name)?.Config).Read(string.IsNullOrEmpty(name) ? "test" : name, body, faults);
        });
        var result = await connections.TestAsync(config, context.RequestAborted);
        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, TestAnswer.Of(result, config), ApiJson.Readable.TestAnswer);
    }

    private static Task NotFoundAsync(HttpContext context, string name) =>
        ApiAnswer.WriteDetailAsync(context, StatusCodes.Status404NotFound, $"There is no connection named '{name}'");
}
