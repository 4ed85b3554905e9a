using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Monitor.Diagnosis;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>/api/connections</c>.</summary>
internal sealed class ConnectionEndpoints(IConnectionManager connections, PluginManifest manifest, Producers producers, Diagnostician diagnostician, TimeProvider timeProvider)
{
    private const string Prefix = "/api/connections/";
    private const string DiagnosisSuffix = "/diagnosis";

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
        ConnectionAnswer[] all = [.. connections.List().Select(AnswerOf)];
        return ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, new ConnectionsAnswer(all), ApiJson.Readable.ConnectionsAnswer);
    }

    private Task GetAsync(HttpContext context)
    {
        // A connection whose own name ends like this is found by its name with %2F, or if there is none by the shorter name.
        if (context.Request.Path.Value!.EndsWith(DiagnosisSuffix, StringComparison.OrdinalIgnoreCase)
            && connections.Get(RequestName.Of(context, Prefix, DiagnosisSuffix)) is { } diagnosed)
        {
            return ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, DiagnosisAnswer.Of(diagnostician.FactsOf(diagnosed)), ApiJson.Readable.DiagnosisAnswer);
        }

        var name = RequestName.Of(context, Prefix);
        return connections.Get(name) is { } found
            ? ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, AnswerOf(found), ApiJson.Readable.ConnectionAnswer)
            : NotFoundAsync(context, name);
    }

    private async Task PutAsync(HttpContext context)
    {
        var name = RequestName.Of(context, Prefix);
        using var body = await RequestBody.ReadObjectAsync(context);
        // What the body does not say is kept, so it is read where nobody else can change it.
        var stored = await connections.ChangeAsync(
            () => RequestBody.Read(body, (root, faults) => Reader(name).Read(name, root, faults)), context.RequestAborted);
        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, AnswerOf(stored), ApiJson.Readable.ConnectionAnswer);
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
            return string.IsNullOrEmpty(name) ? ReaderOf(null).Read("test", body, faults) : Reader(name).Read(name, body, faults);
        });
        var result = await connections.TestAsync(config, context.RequestAborted);
        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, TestAnswer.Of(result, config), ApiJson.Readable.TestAnswer);
    }

    private ConnectionAnswer AnswerOf(ConnectionSnapshot snapshot) => ConnectionAnswer.Of(snapshot, producers.IsChosen(snapshot.Config.Name));

    private ConnectionReader Reader(string name) => ReaderOf(connections.Get(name)?.Config);

    private ConnectionReader ReaderOf(BrokerConnectionConfig? stored) =>
        new(manifest.Mqtt, stored, ProducerStamp.Next(connections.List().Select(connection => connection.Config), timeProvider.GetUtcNow()));

    internal static Task NotFoundAsync(HttpContext context, string name) =>
        ApiAnswer.WriteDetailAsync(context, StatusCodes.Status404NotFound, $"There is no connection named '{name}'");
}
