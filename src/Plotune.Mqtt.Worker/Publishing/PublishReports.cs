using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Publishing;

/// <summary>
/// Reports of publishes on their way to the agent, in the order in which they ended. None is ever dropped. They are written by a loop of their own, so that an agent that is behind holds up
/// reports and nothing else; what gathers meanwhile leaves in one frame.
/// </summary>
#pragma warning disable CA1001 // A semaphore that is only awaited holds nothing to dispose of.
internal sealed class PublishReports(AgentPipe pipe)
#pragma warning restore CA1001
{
    /// <summary>More than this wait only for an agent that gives messages and reads nothing.</summary>
    internal const int Maximum = 65_536;

    // With the longest words of a broker some six MiB.
    private const int MaximumPerFrame = 4_096;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _some = new(0);
    private List<PublishReport> _waiting = [];
    private List<PublishReport> _writing = [];
    private bool _isWoken;
    private bool _isComplete;

    public bool IsFull
    {
        get
        {
            lock (_lock)
                return _waiting.Count >= Maximum;
        }
    }

    /// <summary>Never waits; any thread.</summary>
    public void Add(PublishReport report)
    {
        lock (_lock)
        {
            _waiting.Add(report);
            Wake();
        }
    }

    /// <summary>No further report comes; <see cref="RunAsync"/> ends when those waiting are written.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _isComplete = true;
            Wake();
        }
    }

    /// <summary>Writes until completed, or until the agent is gone.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            await _some.WaitAsync().ConfigureAwait(false);
            bool isLast;
            lock (_lock)
            {
                (_waiting, _writing) = (_writing, _waiting);
                _isWoken = false;
                isLast = _isComplete;
            }

            if (!TryWrite() || isLast)
                return;
        }
    }

    private bool TryWrite()
    {
        try
        {
            for (int start = 0; start < _writing.Count; start += MaximumPerFrame)
                pipe.Write(FrameKind.Published, PublishReportFrame.ToBody(_writing.GetRange(start, Math.Min(MaximumPerFrame, _writing.Count - start))));
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The agent is gone, which ends the worker.
            return false;
        }

        _writing.Clear();
        return true;
    }

    private void Wake()
    {
        if (_isWoken)
            return;

        _isWoken = true;
        _some.Release();
    }
}
