using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>Turns what went wrong behind it into the shape callers expect: a <c>detail</c>, never a stack trace.</summary>
internal sealed partial class ErrorMiddleware(IHostApplicationLifetime lifetime, ILogger<ErrorMiddleware> logger) : IMiddleware
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
            await DescribeBareStatusAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; there is nobody to answer.
        }
        catch (RefusedBodyException exception) when (!context.Response.HasStarted)
        {
            await ApiAnswer.WriteFaultsAsync(context, exception.Faults);
        }
        catch (Exception exception) when (exception is ConnectionLimitException or SubscriptionLimitException or EventSourceLimitException && !context.Response.HasStarted)
        {
            await ApiAnswer.WriteDetailAsync(context, StatusCodes.Status409Conflict, exception.Message);
        }
        catch (StorageException exception) when (!context.Response.HasStarted)
        {
            await ApiAnswer.WriteDetailAsync(context, StatusCodes.Status503ServiceUnavailable, exception.Message);
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            await ApiAnswer.WriteDetailAsync(context, exception.StatusCode, exception.Message);
        }
        catch (ObjectDisposedException) when (lifetime.ApplicationStopping.IsCancellationRequested && !context.Response.HasStarted)
        {
            await ApiAnswer.WriteDetailAsync(context, StatusCodes.Status503ServiceUnavailable, "The agent is stopping");
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            Log.RequestFailed(logger, exception, context.Request.Method, context.GetEndpoint()?.DisplayName ?? "?");
            await ApiAnswer.WriteDetailAsync(context, StatusCodes.Status500InternalServerError, "Internal error; see the log");
        }
    }

    private static Task DescribeBareStatusAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted || response.StatusCode < 400 || response.ContentLength > 0 || response.ContentType is not null) return Task.CompletedTask;
        var words = response.StatusCode switch
        {
            StatusCodes.Status404NotFound => "Not found",
            StatusCodes.Status405MethodNotAllowed => $"Method not allowed; this route takes {response.Headers.Allow}",
            _ => $"Status {response.StatusCode}",
        };
        return ApiAnswer.WriteDetailAsync(context, response.StatusCode, words);
    }

    private static partial class Log
    {
        // The endpoint's name, not the path: a query string may hold the token.
        [LoggerMessage(3690, LogLevel.Error, "Request failed: {Method} {Endpoint}")]
        public static partial void RequestFailed(ILogger logger, Exception exception, string method, string endpoint);
    }
}
