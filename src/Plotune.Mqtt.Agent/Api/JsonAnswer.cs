using System.Text.Encodings.Web;
using System.Text.Json;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>An answer that is written piece by piece, so that a long list needs no second copy in memory.</summary>
internal sealed class JsonAnswer : IAsyncDisposable
{
    private readonly HttpContext _context;

    private JsonAnswer(HttpContext context)
    {
        _context = context;
        Writer = new Utf8JsonWriter(context.Response.BodyWriter, Options);
    }

    /// <summary>Escapes what JSON demands and nothing else, as <see cref="ApiJson.Readable"/>.</summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public Utf8JsonWriter Writer { get; }

    public static JsonAnswer Begin(HttpContext context)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return new JsonAnswer(context);
    }

    /// <summary>Sends what was written so far; waits while the caller does not take it.</summary>
    public async ValueTask FlushAsync()
    {
        Writer.Flush();
        await _context.Response.BodyWriter.FlushAsync(_context.RequestAborted);
    }

    public async ValueTask DisposeAsync()
    {
        await Writer.DisposeAsync();
    }
}
