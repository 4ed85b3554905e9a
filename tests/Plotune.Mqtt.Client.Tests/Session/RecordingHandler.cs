using System.Collections.Concurrent;
using System.Text;

namespace Plotune.Mqtt.Client.Tests.Session;

/// <summary>Keeps the topics and payloads it was given.</summary>
internal sealed class RecordingHandler : IPublishHandler
{
    private readonly ConcurrentQueue<(string Topic, string Payload)> _messages = new();

    public IReadOnlyList<(string Topic, string Payload)> Messages => [.. _messages];

    /// <summary>While set, what is handed over waits for it.</summary>
    public TaskCompletionSource? Gate { get; set; }

    public bool OnPublish(in InboundPublish publish)
    {
        _messages.Enqueue((Encoding.UTF8.GetString(publish.Topic), Encoding.UTF8.GetString(publish.Payload)));
        return true;
    }

    public async ValueTask HandOverAsync(CancellationToken cancellationToken)
    {
        if (Gate is { } gate)
            await gate.Task.WaitAsync(cancellationToken);
    }
}
