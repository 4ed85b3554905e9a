using System.Text;

namespace Plotune.Mqtt.Client.Tests.Receive;

/// <summary>Keeps what it is given, and hands over as the test lets it.</summary>
internal sealed class RecordingHandler : IPublishHandler
{
    private readonly Lock _gate = new();
    private readonly List<ReceivedMessage> _messages = [];
    private TaskCompletionSource? _handOverGate;

    public sealed record ReceivedMessage(string Topic, string Payload, QualityOfService QualityOfService, int AgeMicros = 0);

    /// <summary>Messages after which a batch counts as full.</summary>
    public int BatchSize { get; init; } = int.MaxValue;

    public Exception? HandOverFailure { get; set; }

    public Exception? PublishFailure { get; set; }

    public int HandOvers { get; private set; }

    public bool IsHandingOver { get; private set; }

    public ReceivedMessage[] Messages
    {
        get
        {
            lock (_gate)
                return [.. _messages];
        }
    }

    public string[] Payloads => [.. Messages.Select(m => m.Payload)];

    /// <summary>From now on handing over waits.</summary>
    public void HoldHandOver() => _handOverGate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void LetHandOverGo() => _handOverGate?.TrySetResult();

    public bool OnPublish(in InboundPublish publish)
    {
        if (PublishFailure is { } failure)
            throw failure;
        var message = new ReceivedMessage(
            Encoding.UTF8.GetString(publish.Topic), Encoding.UTF8.GetString(publish.Payload), publish.QualityOfService, publish.AgeMicros);
        lock (_gate)
        {
            _messages.Add(message);
            return _messages.Count % BatchSize != 0;
        }
    }

    public async ValueTask HandOverAsync(CancellationToken cancellationToken)
    {
        IsHandingOver = true;
        if (_handOverGate is { } gate)
            await gate.Task.WaitAsync(cancellationToken);
        IsHandingOver = false;
        if (HandOverFailure is { } failure)
            throw failure;
        HandOvers++;
    }
}
