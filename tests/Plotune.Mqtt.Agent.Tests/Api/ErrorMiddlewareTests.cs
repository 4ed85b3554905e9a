using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Plotune.Mqtt.Agent.Api;
using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Tests.Api;

public sealed class ErrorMiddlewareTests
{
    [Theory]
    [InlineData(true, StatusCodes.Status503ServiceUnavailable)]
    [InlineData(false, StatusCodes.Status500InternalServerError)]
    public async Task What_is_disposed_of_is_no_internal_error_once_the_agent_stops(bool stopping, int expected)
    {
        var lifetime = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        if (stopping) lifetime.StopApplication();
        var context = new DefaultHttpContext();

        await new ErrorMiddleware(lifetime, NullLogger<ErrorMiddleware>.Instance).InvokeAsync(context, _ => throw new ObjectDisposedException("connections"));

        Assert.Equal(expected, context.Response.StatusCode);
    }

    [Fact]
    public async Task What_cannot_be_stored_for_now_is_said_in_the_words_of_whoever_knows()
    {
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;

        await new ErrorMiddleware(new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), NullLogger<ErrorMiddleware>.Instance)
            .InvokeAsync(context, _ => throw new StorageException("The disk is full."));

        Assert.Equal(StatusCodes.Status503ServiceUnavailable, context.Response.StatusCode);
        Assert.Equal("""{"detail":"The disk is full."}""", System.Text.Encoding.UTF8.GetString(body.ToArray()));
    }
}
