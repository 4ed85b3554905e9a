using System.Runtime.InteropServices;

namespace Plotune.Mqtt.Agent.Hosting;

/// <summary>Cancels when the process is asked to end by Ctrl+C (SIGINT), SIGTERM, or its terminal being closed (SIGHUP).</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly PosixSignalRegistration[] _registrations;

    private StopSignals(CancellationToken cancellationToken)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Stop))];
    }

    public CancellationToken Token => _source.Token;

    public static StopSignals Listen(CancellationToken cancellationToken) => new(cancellationToken);

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // A second Ctrl+C, while the program that was stopped by the first is at its very end.
        }
    }
}
