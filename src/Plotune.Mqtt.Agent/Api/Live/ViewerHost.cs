using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>Takes in viewers: checks that the request is a WebSocket and that there is room, and ends them all when the agent stops.</summary>
internal sealed partial class ViewerHost(ViewerSlots slots, IHostApplicationLifetime lifetime, ILogger<ViewerHost> logger)
{
    public async Task ServeAsync(HttpContext context, Func<ViewerSocket, CancellationToken, Task> serve)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await ApiAnswer.WriteDetailAsync(context, StatusCodes.Status426UpgradeRequired, "This route is a WebSocket");
            return;
        }

        if (!slots.TryTake())
        {
            await ApiAnswer.WriteDetailAsync(context, StatusCodes.Status503ServiceUnavailable, $"There are {slots.Maximum} viewers, which is the limit");
            return;
        }

        try
        {
            await serve(await ViewerSocket.AcceptAsync(context), lifetime.ApplicationStopping);
        }
        catch (Exception exception) when (context.Response.HasStarted)
        {
            Log.ViewerFailed(logger, exception);
        }
        finally
        {
            slots.GiveBack();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3620, LogLevel.Error, "A viewer's connection ended because of an internal error")]
        public static partial void ViewerFailed(ILogger logger, Exception exception);
    }
}
