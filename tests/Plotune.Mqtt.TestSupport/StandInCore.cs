using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Plotune.Mqtt.TestSupport;

/// <summary>
/// Stands in for Plotune Core on a port of its own. It checks what it is sent against the contract (<see cref="Faults"/>), remembers it in order, and can be
/// switched off, be slow, fail, or forget the extension. Thread-safe.
/// </summary>
public sealed class StandInCore : IAsyncDisposable
{
    private readonly ConcurrentQueue<CoreCall> _calls = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private WebApplication? _app;
    private volatile bool _registered;

    /// <summary>The port, which stays the same while switched off.</summary>
    public int Port { get; private set; }

    public Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>Answered to every call to <see cref="FailingRoute"/>; null answers as the contract says.</summary>
    public HttpStatusCode? Failure { get; set; }

    /// <summary>The route that fails, such as <c>/heartbeat</c>; null means all.</summary>
    public string? FailingRoute { get; set; }

    /// <summary>How long every answer takes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Given out by <c>GET /api/auth</c>, and expected with every call after that; null means that Core has no accounts.</summary>
    public string? Token { get; set; }

    /// <summary>What was sent against the contract, in words. Empty is what a test wants.</summary>
    public IReadOnlyList<string> Faults => [.. _faults];

    /// <summary>Every call, answered with success or not, in order.</summary>
    public IReadOnlyList<CoreCall> Calls => [.. _calls];

    /// <summary>Bodies of the calls to <paramref name="route"/> that were accepted, in order.</summary>
    public IReadOnlyList<JsonElement> Accepted(string route) => [.. _calls.Where(call => call.Route == route && call.Accepted).Select(call => call.Body)];

    /// <summary>Names of the signals announced, in order.</summary>
    public IReadOnlyList<string> Variables => [.. Accepted("/add/variable").Select(body => body.GetProperty("name").GetString()!)];

    public static async Task<StandInCore> StartAsync()
    {
        var core = new StandInCore();
        await core.SwitchOnAsync();
        return core;
    }

    /// <summary>Listens again, at the same port as before.</summary>
    public async Task SwitchOnAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, Port));
        builder.Services.AddRoutingCore();
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        var app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync();
        Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        _app = app;
    }

    /// <summary>Stops listening: calls are refused by the system.</summary>
    public async Task SwitchOffAsync()
    {
        if (_app is not { } app) return;
        _app = null;
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await app.StopAsync(atOnce.Token);
        await app.DisposeAsync();
    }

    /// <summary>As after a restart of Core: heartbeats and announcements are answered with 404 until the extension registers again.</summary>
    public void Forget() => _registered = false;

    public ValueTask DisposeAsync() => new(SwitchOffAsync());

    private async Task AnswerAsync(HttpContext context)
    {
        var route = context.Request.Path.Value!;
        if (Delay > TimeSpan.Zero) await Task.Delay(Delay, context.RequestAborted);
        if (context.Request.Method == "GET" && route == "/api/auth")
        {
            await AnswerAuthAsync(context);
            return;
        }

        var body = await ReadBodyAsync(context);
        var status = StatusOf(context, route, body);
        _calls.Enqueue(new CoreCall(route, body, (int)status is >= 200 and < 300, context.Request.Headers.Authorization.ToString()));
        context.Response.StatusCode = (int)status;
        await context.Response.WriteAsync("""{"status":"ok"}""");
    }

    private async Task AnswerAuthAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(
            Token is { } token ? $$"""{"username":"user","auth_token":"{{token}}","valid":true}""" : """{"username":null,"auth_token":null,"valid":false}""");
    }

    private async Task<JsonElement> ReadBodyAsync(HttpContext context)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body);
            return document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            _faults.Enqueue($"{context.Request.Path}: the body is not JSON: {exception.Message}");
            return default;
        }
    }

    private HttpStatusCode StatusOf(HttpContext context, string route, JsonElement body)
    {
        if (Failure is { } failure && (FailingRoute is null || FailingRoute == route)) return failure;
        if (context.Request.Method != "POST" || context.Request.ContentType?.StartsWith("application/json", StringComparison.Ordinal) != true)
        {
            _faults.Enqueue($"{context.Request.Method} {route} {context.Request.ContentType}: a POST of JSON is expected");
        }

        if (_registered && Token is { } token && context.Request.Headers.Authorization != $"Bearer {token}") _faults.Enqueue($"{route}: the token is missing or wrong");
        var faults = CoreContract.FaultsIn(route, body);
        foreach (var fault in faults) _faults.Enqueue($"{route}: {fault}");
        if (faults.Count > 0) return faults.Contains(CoreContract.UnknownRoute) ? HttpStatusCode.NotFound : HttpStatusCode.UnprocessableEntity;
        if (route == "/register") _registered = true;
        return _registered || route == "/api/toast" ? HttpStatusCode.OK : HttpStatusCode.NotFound;
    }
}

/// <summary>One call the stand-in was sent.</summary>
/// <param name="Authorization">The header; empty if there was none.</param>
public sealed record CoreCall(string Route, JsonElement Body, bool Accepted, string Authorization);
