namespace Plotune.Mqtt.Agent.Api;

/// <summary>
/// The port is open before the stored connections are loaded, since a port in use is to be said before anything is started. What comes in
/// meanwhile waits here, so that nobody is told of connections that are not there yet or adds one that is. Only <c>/health</c> and <c>/stop</c> pass.
/// </summary>
internal sealed class StartGate : IMiddleware
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        _opened.Task.IsCompleted || context.Request.Path.Value is "/health" or "/stop" ? next(context) : WaitAsync(context, next);

    /// <summary>Everything is loaded, or never will be; any thread.</summary>
    public void Open() => _opened.TrySetResult();

    private async Task WaitAsync(HttpContext context, RequestDelegate next)
    {
        await _opened.Task.WaitAsync(context.RequestAborted);
        await next(context);
    }
}
