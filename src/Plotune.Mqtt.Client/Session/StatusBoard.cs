namespace Plotune.Mqtt.Client.Session;

/// <summary>The one place where a connection's state changes. Written by one thread at a time, read by any.</summary>
internal sealed class StatusBoard(IConnectionObserver observer, TimeProvider timeProvider, string clientId)
{
    private volatile ConnectionStatus _status = new() { State = ConnectionState.Stopped, Since = timeProvider.GetUtcNow(), ClientId = clientId };

    public ConnectionStatus Status => _status;

    public void Connecting(int attempt) => Change(_status with { State = ConnectionState.Connecting, NeedsAttention = false, Attempt = attempt, RetryAt = null });

    public void Connected(string protocol, string clientId, bool sessionPresent, long reconnects, string reached) => Change(_status with
    {
        State = ConnectionState.Connected,
        Reason = "",
        ReasonName = "",
        Cause = ConnectionEndCause.None,
        RetryAt = null,
        Protocol = protocol,
        ClientId = clientId,
        SessionPresent = sessionPresent,
        Reconnects = reconnects,
        Reached = reached,
    });

    public void Waiting(ConnectionEnd end, TimeSpan delay, int attempt) => Change(_status with
    {
        State = ConnectionState.Waiting,
        Reason = end.Reason,
        ReasonName = end.ReasonName,
        Cause = end.Cause,
        Reached = end.Reached,
        NeedsAttention = end.Class == ReasonClass.RetrySlowly,
        Attempt = attempt,
        RetryAt = timeProvider.GetUtcNow() + delay,
    });

    public void Failed(ConnectionEnd end) => Change(_status with
    {
        State = ConnectionState.Failed,
        Reason = end.Reason,
        ReasonName = end.ReasonName,
        Cause = end.Cause,
        Reached = end.Reached,
        RetryAt = null,
    });

    public void Stopped()
    {
        if (_status.State != ConnectionState.Stopped)
            Change(_status with { State = ConnectionState.Stopped, Reason = "", ReasonName = "", Cause = ConnectionEndCause.None, RetryAt = null });
    }

    private void Change(ConnectionStatus status)
    {
        _status = status with { Since = timeProvider.GetUtcNow() };
        observer.StatusChanged(_status);
    }
}
