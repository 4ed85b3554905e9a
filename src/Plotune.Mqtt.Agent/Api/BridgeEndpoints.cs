using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>/bridge</c> and <c>/unbridge</c>, which Plotune Core calls, and <c>/api/bridges</c>.</summary>
internal sealed class BridgeEndpoints(BridgeService bridges)
{
    private const string BridgePrefix = "/bridge/";
    private const string UnbridgePrefix = "/unbridge/";
    private const string Prefix = "/api/bridges/";

    private static readonly HealthAnswer Success = new("success");

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(BridgePrefix + "{**name}", BridgeAsync);
        routes.MapPost(UnbridgePrefix + "{**name}", UnbridgeAsync);
        routes.MapGet("/api/bridges", ListAsync);
        routes.MapPut(Prefix + "{**name}", ChangeAsync);
        routes.MapDelete(Prefix + "{**name}", DeleteAsync);
    }

    private async Task BridgeAsync(HttpContext context)
    {
        var routed = RequestName.Of(context, BridgePrefix);
        var request = await RequestBody.ReadAsync(context, (body, faults) => BridgeRequest.Read(routed, body, faults));
        try
        {
            await bridges.AddAsync(request, context.RequestAborted);
        }
        catch (BridgeRefusedException exception) when (exception.Refusal == BridgeRefusal.Name)
        {
            throw new RefusedBodyException("name", exception.Message);
        }
        catch (BridgeRefusedException exception)
        {
            await ApiAnswer.WriteDetailAsync(context, StatusCodes.Status409Conflict, exception.Message);
            return;
        }

        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, Success, ApiJson.Readable.HealthAnswer);
    }

    private async Task UnbridgeAsync(HttpContext context)
    {
        var (name, source) = await ReadTargetAsync(context);
        await bridges.RemoveAsync(name, source, context.RequestAborted);
        // What is not bridged is as it should be.
        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, Success, ApiJson.Readable.HealthAnswer);
    }

    /// <summary>The body is the same as for a bridge; the route alone is enough.</summary>
    private static async Task<(string Name, BridgeSource? Source)> ReadTargetAsync(HttpContext context)
    {
        var routed = RequestName.Of(context, UnbridgePrefix);
        if (context.Features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }) return (routed, null);
        var target = await RequestBody.ReadAsync(context, (body, faults) => new Target(BridgeRequest.ReadTarget(routed, body, faults)));
        return target.NameAndSource;
    }

    private Task ListAsync(HttpContext context)
    {
        BridgeAnswer[] all = [.. bridges.List().Select(BridgeAnswer.Of)];
        return ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, new BridgesAnswer(all), ApiJson.Readable.BridgesAnswer);
    }

    private async Task ChangeAsync(HttpContext context)
    {
        var name = RequestName.Of(context, Prefix);
        var change = await RequestBody.ReadAsync(context, ReadChange);
        if (await bridges.ChangeAsync(name, change, context.RequestAborted) is { } changed)
            await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, BridgeAnswer.Of(changed), ApiJson.Readable.BridgeAnswer);
        else
            await NotFoundAsync(context, name);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var name = RequestName.Of(context, Prefix);
        if (await bridges.RemoveAsync(name, source: null, context.RequestAborted))
            await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, new OutcomeAnswer("success", $"{name} is not bridged any more"), ApiJson.Readable.OutcomeAnswer);
        else
            await NotFoundAsync(context, name);
    }

    private static Func<BridgeOptions, BridgeOptions> ReadChange(JsonElement body, FaultList faults)
    {
        var fields = new JsonFields(body, "", faults);
        var rate = fields.Real("rateLimit", 0, BridgeOptions.MaximumSamplesPerSecond);
        var deadBand = fields.Real("deadBand", 0, double.MaxValue);
        return options => new BridgeOptions(rate ?? options.SamplesPerSecond, deadBand ?? options.DeadBand);
    }

    private static Task NotFoundAsync(HttpContext context, string name) =>
        ApiAnswer.WriteDetailAsync(context, StatusCodes.Status404NotFound, $"There is no bridge named '{name}'");

    private sealed record Target((string Name, BridgeSource? Source) NameAndSource);
}
