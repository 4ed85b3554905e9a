namespace Plotune.Mqtt.Agent.PlotuneCore;

/// <summary>What is known about Core at one moment.</summary>
/// <param name="Registered">Core knows this extension, as far as its last answer tells.</param>
/// <param name="Registration">Counts registrations; a new one means that everything has to be announced again.</param>
/// <param name="HeartbeatFailures">In a row.</param>
/// <param name="Reason">Why the last call failed; empty while all is well.</param>
internal sealed record CoreLinkState(bool Registered, int Registration, DateTimeOffset? LastHeartbeat, int HeartbeatFailures, string Reason);

/// <summary>The one holder of <see cref="CoreLinkState"/>. Thread-safe.</summary>
internal sealed class CoreLink
{
    private readonly Lock _lock = new();
    private CoreLinkState _state = new(false, 0, null, 0, "");

    /// <summary>Raised after every change, on the thread that made it; handlers return at once.</summary>
    public event Action? Changed;

    /// <summary>Raised when somebody other than the heartbeat found out that Core does not know us.</summary>
    public event Action? RegistrationWanted;

    public CoreLinkState State
    {
        get
        {
            lock (_lock) return _state;
        }
    }

    public void Registered() => Change(state => state with { Registered = true, Registration = state.Registration + 1, HeartbeatFailures = 0, Reason = "" });

    public void Unknown(string reason) => Change(state => state with { Registered = false, Reason = reason });

    /// <summary>Core does not know us, as the answer to a call says: asks for a new registration now.</summary>
    public void WantRegistration(string reason)
    {
        Unknown(reason);
        RegistrationWanted?.Invoke();
    }

    public void HeartbeatAnswered(DateTimeOffset now) => Change(state => state with { LastHeartbeat = now, HeartbeatFailures = 0, Reason = "" });

    /// <returns>Failures in a row, this one included.</returns>
    public int HeartbeatFailed(string reason)
    {
        Change(state => state with { HeartbeatFailures = state.HeartbeatFailures + 1, Reason = reason });
        return State.HeartbeatFailures;
    }

    private void Change(Func<CoreLinkState, CoreLinkState> change)
    {
        lock (_lock) _state = change(_state);
        Changed?.Invoke();
    }
}
