using System.Text.Json;
using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>What one viewer on <c>/ws</c> has asked for. A message that does not fit is answered with an error and changes nothing.</summary>
internal sealed class LiveSession(ViewerSocket socket, SignalStore signals, SignalViewer viewer, NamedSignalFormat format)
{
    private const int MaximumNameLength = 65_535;

    private readonly Dictionary<string, IDisposable> _subscriptions = new(StringComparer.Ordinal);

    /// <summary>Takes one message; called one at a time.</summary>
    public async ValueTask TakeAsync(ReadOnlyMemory<byte> message, bool isText)
    {
        if (Take(message, isText) is not { } error) return;
        var frames = new TextFrameBuffer();
        frames.AppendFrame(JsonSerializer.SerializeToUtf8Bytes(new LiveError(error), ApiJson.Readable.LiveError), default);
        await socket.SendFramesAsync(frames.Written, CancellationToken.None);
        frames.Release();
    }

    /// <returns>What is wrong with the message, as a sentence; null if nothing.</returns>
    private string? Take(ReadOnlyMemory<byte> message, bool isText)
    {
        if (!isText) return "Messages are JSON texts";
        return Parse(message, out var request) ?? Apply(request);
    }

    private static string? Parse(ReadOnlyMemory<byte> message, out LiveRequest request)
    {
        request = LiveRequest.Nothing;
        try
        {
            using var document = JsonDocument.Parse(message);
            return LiveRequest.Read(document.RootElement, out request);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // the latter: half a surrogate pair
        {
            return "The message is not JSON";
        }
    }

    private string? Apply(LiveRequest request)
    {
        if (request.Subscribe.Concat(request.Unsubscribe).Any(name => name.Length is 0 or > MaximumNameLength)) return "A name has 1 to 65,535 characters";
        if (request.Batch is { } batch) format.UseBatches(batch);
        foreach (var name in request.Unsubscribe)
        {
            if (_subscriptions.Remove(name, out var subscription)) subscription.Dispose();
        }

        try
        {
            foreach (var name in request.Subscribe)
            {
                if (!_subscriptions.ContainsKey(name)) _subscriptions.Add(name, signals.Subscribe(name, viewer, request.History));
            }
        }
        catch (SubscriptionLimitException exception)
        {
            return exception.Message;
        }

        return null;
    }
}
