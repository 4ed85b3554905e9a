using System.Threading.Channels;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.PlotuneCore;

/// <summary>
/// The one path by which discoveries and connection events reach Core: one reader, one call at a time, tried again in order. Offering never
/// waits, so Core being slow or away slows nobody; of the events (not of the signals) the oldest go when the queue is full, counted.
/// </summary>
internal sealed partial class RuntimeQueue(
    CoreClient client, CoreLink link, SignalStore store, PluginManifest manifest, TimeProvider timeProvider, ILogger<RuntimeQueue> logger)
{
    public const int Capacity = 128;

    private const string ToastTitle = "MQTT";
    private const int ToastMilliseconds = 2500;
    private const int ProblemMilliseconds = 6000;
    private const int ToastAttempts = 5;

    /// <summary>News older than this is none: Core was away for too long.</summary>
    private static readonly TimeSpan StaleAfter = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryDelayMaximum = TimeSpan.FromSeconds(5);

    private readonly Channel<ConnectionEvent> _events = Channel.CreateBounded<ConnectionEvent>(Capacity);
    private readonly WakeSignal _wake = new(timeProvider);
    private readonly SignalAnnouncer _announcer = new(store);
    private readonly ToastGate _gate = new();
    private long _dropped;
    private long _refused;
    private TimeSpan _retryDelay = RetryDelay;
    private bool _refusalLogged;
    private Task? _catalogWatch;
    private Signal? _unknownSignal;

    /// <summary>Signals not yet announced to Core.</summary>
    public long AnnouncementsPending => _announcer.Pending;

    /// <summary>Events lost because the queue was full or Core was away for too long.</summary>
    public long EventsDropped => Interlocked.Read(ref _dropped);

    /// <summary>Calls Core refused for good.</summary>
    public long CallsRefused => Interlocked.Read(ref _refused);

    /// <summary>Queues an event if it is one a user is told of. Never waits; any thread.</summary>
    public void Offer(ConnectionEvent happened)
    {
        if (!IsTold(happened.Kind)) return;
        while (!_events.Writer.TryWrite(happened))
        {
            if (_events.Reader.TryRead(out _)) Interlocked.Increment(ref _dropped);
        }

        _wake.Wake();
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        link.Changed += _wake.Wake;
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await StepAsync(cancellationToken);
            }
        }
        finally
        {
            link.Changed -= _wake.Wake;
        }
    }

    private static bool IsTold(ConnectionEventKind kind) => kind
        is ConnectionEventKind.Lost or ConnectionEventKind.Hindered or ConnectionEventKind.Back or ConnectionEventKind.Refused or ConnectionEventKind.SecretLost
        or ConnectionEventKind.BridgeRefused or ConnectionEventKind.QueueFull or ConnectionEventKind.QueueNotUsable or ConnectionEventKind.DeadLetter;

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        var state = link.State;
        if (!state.Registered) await _wake.WaitAsync(Timeout.InfiniteTimeSpan, cancellationToken);
        else if (NextToast() is { } news) await ToastAsync(news, cancellationToken);
        else if (_announcer.Peek(state.Registration) is { } signal) await AnnounceAsync(signal, cancellationToken);
        else await IdleAsync(cancellationToken);
    }

    private async Task IdleAsync(CancellationToken cancellationToken)
    {
        if (_catalogWatch is { IsCompleted: true } done)
        {
            _catalogWatch = null;
            await done;
        }

        _catalogWatch ??= WakeOnNewSignalAsync(_announcer.NextOrdinal, cancellationToken);
        var wait = _gate.NextDue is { } due ? Max(due - timeProvider.GetUtcNow(), TimeSpan.FromMilliseconds(1)) : Timeout.InfiniteTimeSpan;
        await _wake.WaitAsync(wait, cancellationToken);
    }

    private async Task WakeOnNewSignalAsync(long from, CancellationToken cancellationToken)
    {
        try
        {
            await store.WaitForNewAsync(from, cancellationToken);
        }
        finally
        {
            _wake.Wake();
        }
    }

    private ConnectionEvent? NextToast()
    {
        var now = timeProvider.GetUtcNow();
        while (_events.Reader.TryRead(out var happened))
        {
            if (now - happened.Time > StaleAfter) Interlocked.Increment(ref _dropped);
            else if (_gate.Offer(happened, now) is { } news) return news;
        }

        return _gate.TakeDue(now);
    }

    private async Task ToastAsync(ConnectionEvent news, CancellationToken cancellationToken)
    {
        var duration = news.Kind == ConnectionEventKind.Back ? ToastMilliseconds : ProblemMilliseconds;
        var message = new ToastMessage(ToastTitle, $"{news.Connection}: {news.Text}", duration);
        for (var attempt = 1; ; attempt++)
        {
            var reply = await client.ToastAsync(message, cancellationToken);
            if (reply.IsAccepted)
            {
                Succeeded();
                return;
            }

            // A Core without toasts answers 404, which says nothing about the registration; and signals must not wait behind a toast for long.
            if (reply.Outcome is CoreOutcome.Refused or CoreOutcome.Unknown || attempt == ToastAttempts)
            {
                Refused(reply);
                return;
            }

            await RetryLaterAsync(reply, cancellationToken);
        }
    }

    private async Task AnnounceAsync(Signal signal, CancellationToken cancellationToken)
    {
        var reply = await client.AddVariableAsync(new VariableMessage(signal.Key, SignalAnnouncer.Describe(signal), manifest.Id), cancellationToken);
        if (reply.IsAccepted)
        {
            _announcer.MarkAnnounced(signal);
            Succeeded();
        }
        else if (reply.Outcome == CoreOutcome.Refused || (reply.Outcome == CoreOutcome.Unknown && _unknownSignal == signal))
        {
            _announcer.MarkAnnounced(signal);
            Refused(reply);
        }
        else if (reply.Outcome == CoreOutcome.Unknown)
        {
            // Core has forgotten us: register again, and everything is announced anew. If it still does not want this one, it goes without.
            _unknownSignal = signal;
            link.WantRegistration(reply.Reason);
        }
        else
        {
            await RetryLaterAsync(reply, cancellationToken);
        }
    }

    private void Succeeded()
    {
        _retryDelay = RetryDelay;
        _refusalLogged = false;
    }

    private void Refused(CoreReply reply)
    {
        Interlocked.Increment(ref _refused);
        if (!_refusalLogged) Log.Refused(logger, reply.Reason);
        _refusalLogged = true;
    }

    private async Task RetryLaterAsync(CoreReply reply, CancellationToken cancellationToken)
    {
        if (_retryDelay == RetryDelay) Log.Failed(logger, reply.Reason);
        await Task.Delay(_retryDelay, timeProvider, cancellationToken);
        _retryDelay = _retryDelay * 2 < RetryDelayMaximum ? _retryDelay * 2 : RetryDelayMaximum;
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private static partial class Log
    {
        [LoggerMessage(3520, LogLevel.Warning, "Plotune Core refused a call, it is left out: {Reason}")]
        public static partial void Refused(ILogger logger, string reason);

        [LoggerMessage(3521, LogLevel.Warning, "Plotune Core could not be told something, trying again: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
