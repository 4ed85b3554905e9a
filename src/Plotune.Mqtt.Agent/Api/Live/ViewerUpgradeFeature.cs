using Microsoft.AspNetCore.Http.Features;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>Lets the framework do the WebSocket handshake, and keeps the upgraded stream within our reach.</summary>
internal sealed class ViewerUpgradeFeature(IHttpUpgradeFeature inner) : IHttpUpgradeFeature
{
    /// <summary>The connection after the upgrade; null before.</summary>
    public ViewerStream? Stream { get; private set; }

    public bool IsUpgradableRequest => inner.IsUpgradableRequest;

    public async Task<Stream> UpgradeAsync() => Stream = new ViewerStream(await inner.UpgradeAsync());

    /// <summary>Put in front of the framework's WebSocket middleware.</summary>
    public static Task Install(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } feature)
        {
            context.Features.Set<IHttpUpgradeFeature>(new ViewerUpgradeFeature(feature));
        }

        return next(context);
    }
}
