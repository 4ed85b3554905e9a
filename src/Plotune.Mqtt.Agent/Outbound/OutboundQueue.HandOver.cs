using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Outbound;

/// <content>What workers do: take messages in order, and report what became of them.</content>
internal sealed partial class OutboundQueue
{
    internal void Attach(OutboundLink link)
    {
        lock (_lock)
        {
            if (_link is not null)
                throw new InvalidOperationException($"Two workers want to publish for {Connection}.");
            _link = link;
        }

        _readable.Set();
    }

    internal void Detach(OutboundLink link)
    {
        lock (_lock)
        {
            if (_link != link)
                return;

            _link = null;
            _window.ReturnAll();
        }
    }

    /// <summary>The next messages for a worker, as many as a frame holds and the worker may have; from now on they are under way.</summary>
    internal List<PublishRequest> Take(OutboundLink link)
    {
        var requests = new List<PublishRequest>();
        var hasExpired = false;
        bool isLow;
        lock (_lock)
        {
            if (_link != link)
                return requests;

            var now = Context.Now;
            var length = 0;
            while (_window.Next is { } next)
            {
                if (next.IsExpired(now))
                {
                    Expire(_window.Skip());
                    hasExpired = true;
                    continue;
                }

                var request = next.ToRequest(now);
                length += PublishFrame.LengthOf(request);
                if (!_window.MayStart(next) || (requests.Count > 0 && length > Context.Limits.FrameBytes))
                    break;

                _window.Start();
                if (next.WasSent)
                    _retried++;
                next.WasSent = true;
                requests.Add(request);
            }

            isLow = WantsToRead;
        }

        if (isLow)
            _readable.Set();
        if (hasExpired)
            _settleable.Set();
        return requests;
    }

    /// <exception cref="FrameException">The worker does not have the message.</exception>
    internal void Report(OutboundLink link, IReadOnlyList<PublishReport> reports)
    {
        RefusedMessage? refused = null;
        var hasRoom = true;
        try
        {
            lock (_lock)
            {
                if (_link != link)
                    return;

                foreach (var report in reports)
                    refused = Report(report) ?? refused;
                hasRoom = !_window.IsFull;
            }
        }
        finally
        {
            _settleable.Set();
            if (hasRoom)
                _handable.Set();
        }

        if (refused is not null)
            _notices.DeadLetter(refused);
    }

    private RefusedMessage? Report(PublishReport report)
    {
        if (!_window.TryEnd(report.Id, out var record))
            throw new FrameException($"It reported the message {report.Id}, which it does not have.");

        if (report.RefusalName is not { } reason)
        {
            _published++;
            record.Share.Source.CountPublished();
            Settle(record.Id, record.Share, record.Bytes);
            return null;
        }

        if (report.IsExpired)
        {
            Expire(record);
            return null;
        }

        _deadLettered++;
        record.Share.Source.CountDeadLettered(1);
        var letter = new RefusedMessage(record.Message, new Refusal(reason, report.Refusal).Shortened());
        Settle(record.Id, record.Share, record.Bytes, letter);
        return letter;
    }

    private void Expire(OutboundRecord record)
    {
        _expired++;
        record.Share.Source.CountExpired();
        Settle(record.Id, record.Share, record.Bytes);
    }
}
