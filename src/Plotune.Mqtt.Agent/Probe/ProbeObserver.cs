using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Probe;

/// <summary>Writes what becomes of the connection and its subscriptions, and tells when it is up and when it has ended.</summary>
internal sealed class ProbeObserver(ProbeOutput output) : IConnectionObserver
{
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ConnectionStatus> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Connected => _connected.Task;

    /// <summary>Completes with the last status; nothing follows it.</summary>
    public Task<ConnectionStatus> Ended => _ended.Task;

    public void StatusChanged(ConnectionStatus status)
    {
        switch (status.State)
        {
            case ConnectionState.Connected:
                TryWrite(() => output.Write(new ConnectedEvent(status.Protocol, status.ClientId, status.SessionPresent)));
                _connected.TrySetResult();
                break;
            case ConnectionState.Failed or ConnectionState.Stopped:
                _ended.TrySetResult(status);
                break;
        }
    }

    public void SubscriptionGranted(string filter, QualityOfService granted) =>
        TryWrite(() => output.Write(new SubAckEvent(filter) { Granted = (int)granted }));

    public void SubscriptionRefused(string filter, string reasonName, string reason) =>
        TryWrite(() => output.Write(new SubAckEvent(filter) { ReasonName = reasonName, Reason = reason }));

    public void Unsubscribed(string filter, string reasonName, string reason) => TryWrite(
        () => output.Write(new UnsubAckEvent(filter, reasonName, reason.Length == 0 ? null : reason)));

    public void SessionLost()
    {
    }

    // An observer must not throw. A reader that is gone ends the probe.
    private void TryWrite(Action write)
    {
        try
        {
            write();
        }
        catch (IOException exception)
        {
            _ended.TrySetException(exception);
        }
    }
}
