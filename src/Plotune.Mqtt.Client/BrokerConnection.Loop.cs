using MQTTnet;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client;

/// <content>The loop: connect, subscribe, stay, reconnect.</content>
public sealed partial class BrokerConnection
{
    private async Task RunAsync()
    {
        var stopping = _stopping.Token;
        try
        {
            while (await ConnectOnceAsync(stopping).ConfigureAwait(false))
            {
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            Log.Stopped(_logger, _target.Address);
        }
        catch (Exception exception)
        {
            Log.LoopFailed(_logger, exception, _target.Address);
            _status.Failed(new ConnectionEnd(LocalFault.InternalError, $"The connection stopped by an error of its own: {exception.Message}", ReasonClass.Final));
        }
        finally
        {
            _memory.Publishes.Close();
            _wanted.Close();
        }
    }

    /// <summary>Makes one connection and sees it to its end, then waits as long as the reason asks for.</summary>
    /// <returns>False if there is no point in another attempt.</returns>
    private async Task<bool> ConnectOnceAsync(CancellationToken stopping)
    {
        _schedule.Attempting();
        _status.Connecting(_schedule.Attempt);
        var start = _memory.NextStart();
        var end = ClientOptions.Check(_target, start.Version, start.ClientId) ?? await ConnectAndStayAsync(start, stopping).ConfigureAwait(false);
        if (!_options.Reconnect)
        {
            // Who wants one connection wants to know how it ended, even if told to stop while it was being closed.
            Log.Failed(_logger, _target.Address, end.ReasonName, end.Reason);
            _status.Failed(end);
            return false;
        }

        stopping.ThrowIfCancellationRequested();
        _schedule.Ended();
        var (hadPublishes, foundCulprit) = _memory.Publishes.Suspend(end);
        if (foundCulprit)
            _schedule.Forgive();

        if (_memory.Protocol.FallsBack(end))
        {
            Log.FallingBack(_logger, _target.Address, ProtocolChoice.Name(start.Version), ProtocolChoice.Name(_memory.Protocol.Version), end.Reason);
            return true;
        }

        if (Follows(end))
            return true;

        end = Lenient(end, hadPublishes);
        if (end.Class == ReasonClass.Final && !(end.Hint == ProtocolHint.Unsupported && _memory.Protocol.HasAlternative))
        {
            Log.Failed(_logger, _target.Address, end.ReasonName, end.Reason);
            _status.Failed(end);
            return false;
        }

        await WaitAsync(WithHint(end), stopping).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Settings that have worked are not what keeps us from the broker: a proxy is being redeployed, a certificate renewed, a folder not mounted yet. What the
    /// broker itself says in CONNACK and DISCONNECT stays as it is, unless a single message may have cost the connection: that one is found and refused.
    /// </summary>
    private ConnectionEnd Lenient(ConnectionEnd end, bool hadPublishes) => end switch
    {
        { Class: ReasonClass.Final, Cause: ConnectionEndCause.Unreachable } when _memory.Connections > 0 => end with { Class = ReasonClass.RetrySlowly },
        { Class: ReasonClass.Final, MayBeOfAMessage: true } when hadPublishes => end with { Class = ReasonClass.Retry },
        _ => end,
    };

    /// <summary>Goes where the broker has moved to, once, if the owner agreed.</summary>
    /// <returns>True if the new address should be tried at once.</returns>
    private bool Follows(ConnectionEnd end)
    {
        if (end.MovedTo is not { } address || !_options.FollowRedirect || _hasMoved || _options.Transport == BrokerTransport.Unix)
            return false;
        Log.Moved(_logger, _target.Address, address);
        _target = _target with { Address = address };
        return _hasMoved = true;
    }

    private async Task<ConnectionEnd> ConnectAndStayAsync(SessionStart start, CancellationToken stopping)
    {
        var session = new BrokerSession(_target, start, _memory, _handler, _logger, _timeProvider);
        await using (session.ConfigureAwait(false))
            return await ConnectAndStayAsync(session, start, stopping).ConfigureAwait(false) with { Reached = session.Reached };
    }

    private async Task<ConnectionEnd> ConnectAndStayAsync(BrokerSession session, SessionStart start, CancellationToken stopping)
    {
        try
        {
            if (await session.ConnectAsync(stopping).ConfigureAwait(false) is { } refused)
                return refused;
            Accepted(start, session.Accepted!);
            return await StayAsync(session, stopping).ConfigureAwait(false);
        }
        catch (ConnectionEndedException exception)
        {
            return exception.End;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await session.CloseAsync(MqttClientDisconnectOptionsReason.NormalDisconnection).ConfigureAwait(false);
            throw;
        }
    }

    private void Accepted(SessionStart start, MqttClientConnectResult result)
    {
        _schedule.Accepted();
        var heldSomething = !_memory.Subscriptions.IsEmpty;
        var outcome = _memory.Accepted(start, result);
        if (heldSomething && _memory.Subscriptions.IsEmpty)
            _observer.SubscriptionsHeld([]);
        switch (outcome)
        {
            case SessionOutcome.Lost:
                Log.SessionLost(_logger, _target.Address);
                _observer.SessionLost();
                break;
            case SessionOutcome.Clean:
                Log.PossibleGap(_logger, _target.Address);
                break;
        }
    }

    /// <summary>Subscribes, and stays until the connection ends.</summary>
    private async Task<ConnectionEnd> StayAsync(BrokerSession session, CancellationToken stopping)
    {
        var subscriber = new Subscriber(session, _memory.Subscriptions, _observer, _logger);
        await ApplySubscriptionsAsync(subscriber, stopping).ConfigureAwait(false);

        var protocol = ProtocolChoice.Name(session.Version);
        session.StartPublishing();
        _status.Connected(protocol, _memory.ClientId, session.Accepted!.IsSessionPresent, _memory.Connections - 1, session.Reached);
        Log.Connected(_logger, _target.Address, protocol, BrokerText.Clean(_memory.ClientId), session.Accepted!.IsSessionPresent);

        while (!session.Ended.IsCompleted)
        {
            var changed = _wanted.Changed;
            await Task.WhenAny(session.Ended, changed, _stopRequested.Task).ConfigureAwait(false);
            if (session.IsEnding)
                break;
            stopping.ThrowIfCancellationRequested();
            if (changed.IsCompleted && !session.Ended.IsCompleted)
                await ApplySubscriptionsAsync(subscriber, stopping).ConfigureAwait(false);
        }

        return session.DescribeEnd();
    }

    private async Task ApplySubscriptionsAsync(Subscriber subscriber, CancellationToken stopping)
    {
        var (wanted, unwanted, applied) = _wanted.Take();
        try
        {
            await subscriber.ApplyAsync(wanted, unwanted, stopping).ConfigureAwait(false);
        }
        finally
        {
            applied?.TrySetResult();
        }
    }

    private async Task WaitAsync(ConnectionEnd end, CancellationToken stopping)
    {
        var delay = _schedule.NextDelay(end.Class);
        // The first failure of a kind is news, its repetitions are not.
        if (end.ReasonName != _status.Status.ReasonName)
            Log.Waiting(_logger, _target.Address, end.ReasonName, end.Reason, delay.TotalSeconds);
        else
            Log.StillWaiting(_logger, _target.Address, end.ReasonName, delay.TotalSeconds);
        _status.Waiting(end, delay, _schedule.Attempt);
        _wanted.Release();
        await Task.Delay(delay, _timeProvider, stopping).ConfigureAwait(false);
    }

    /// <summary>MQTT 3.1.1 cannot say that a session was taken over: the connection just ends, again and again.</summary>
    private ConnectionEnd WithHint(ConnectionEnd end)
    {
        const int Suspicious = 3;
        return end.ReasonName is nameof(LocalFault.ConnectionClosed) or nameof(LocalFault.ConnectionReset) && _schedule.ShortConnections >= Suspicious
            ? end with
            {
                Reason = $"{end.Reason} It does so again and again, soon after it has accepted us. Does another client use the client identifier '{BrokerText.Clean(_memory.ClientId)}'?",
            }
            : end;
    }
}
