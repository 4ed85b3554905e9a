using System.Text.Json;
using Plotune.Mqtt.Agent.Api;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>
/// <c>{"messages":{"messages":[...]}}</c>: once a second what is new in the message logs, newest first; with <c>"reset":true</c> the whole list, when the page begins to show messages or others than before.
/// </summary>
internal sealed class MessagesPart(IConnectionManager connections) : IMonitorPart, IAsyncDisposable
{
    private const int BytesPerFrame = 4 * 1024 * 1024;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Least time between two questions to the workers while a filter is typed.</summary>
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromMilliseconds(200);

    /// <summary>How often a question that was asked is looked after.</summary>
    private static readonly TimeSpan AnswerPeriod = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _ending = new();
    private MessageQuery? _query;
    private MessageQuery? _asked;
    private MessageCursor _read = new();
    private Task<IReadOnlyList<LoggedMessage>>? _answer;
    private TimeSpan _askedAt = -Period;
    private bool _isReset;

    public TimeSpan Due { get; private set; } = TimeSpan.MaxValue;

    public void Show(MonitorShow show, TimeSpan now)
    {
        if (show.Messages == _query) return;
        _query = show.Messages;
        _isReset = true;
        _read = new MessageCursor();
        if (_query is null) Due = TimeSpan.MaxValue;
        else if (_answer is null) Due = now - _askedAt < ShortestPeriod ? _askedAt + ShortestPeriod : now;
        else Due = now;
    }

    public void Write(TextFrameBuffer frames, Utf8JsonWriter json, TimeSpan now)
    {
        if (_answer is null)
        {
            (_asked, _askedAt) = (_query!, now);
            _answer = connections.MessagesAsync(_asked with { After = _read }, _ending.Token);
        }

        // The workers answer in their own time, and must not hold up the other frames.
        if (!_answer.IsCompleted)
        {
            Due = now + AnswerPeriod;
            return;
        }

        var messages = _answer.GetAwaiter().GetResult();
        _answer = null;
        Due = _askedAt + (_asked == _query ? Period : ShortestPeriod);
        if (_asked == _query) WriteNew(frames, json, messages);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        if (_answer is not null) await ((Task)_answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    private void WriteNew(TextFrameBuffer frames, Utf8JsonWriter json, IReadOnlyList<LoggedMessage> messages)
    {
        if (messages.Count == 0 && !_isReset) return;
        frames.BeginFrame();
        json.Reset(frames);
        json.WriteStartObject();
        json.WriteStartObject("messages");
        if (_isReset) json.WriteBoolean("reset", true);
        json.WriteStartArray("messages");
        foreach (var message in messages)
        {
            if (frames.Length + json.BytesPending >= BytesPerFrame) break; // as if the limit were lower
            JsonSerializer.Serialize(json, MessageEntry.Of(message), ApiJson.Readable.MessageEntry);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        frames.EndFrame();
        _isReset = false;
    }
}
