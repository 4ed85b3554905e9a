using System.Diagnostics;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>A mosquitto_sub that has subscribed to <c>plotune/#</c>, and ends after so many messages. What it prints goes into a file, so that nobody's reading slows it down.</summary>
internal sealed class MosquittoSubscriber : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly string _file;
    private readonly int _count;

    private MosquittoSubscriber(Process process, string file, int count)
    {
        _process = process;
        _file = file;
        _count = count;
    }

    /// <param name="folder">For its file, which goes with the subscriber.</param>
    /// <param name="format">Of a line for each message, as mosquitto_sub's manual says.</param>
    public static async Task<MosquittoSubscriber> StartAsync(int port, string folder, int count, int qos, string format, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, Path.GetRandomFileName());
        var command = $"exec mosquitto_sub -h 127.0.0.1 -p {port} -t 'plotune/#' -t '$SYS/broker/version' -q {qos} -F '{format}' -C {count + 1} > '{file}'";
        var subscriber = new MosquittoSubscriber(Process.Start("sh", ["-c", command]), file, count);
        // The retained version comes once the subscription stands.
        while (!File.Exists(file) || new FileInfo(file).Length == 0)
        {
            if (subscriber._process.HasExited) throw new InvalidOperationException("mosquitto_sub ended at once.");
            await Task.Delay(1, cancellationToken);
        }

        return subscriber;
    }

    /// <returns>A line for each message, once all have come.</returns>
    public async Task<IEnumerable<string>> EndAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _process.WaitForExitAsync(cancellationToken).WaitAsync(Patience, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new InvalidOperationException($"mosquitto_sub has not got {_count} messages within {Patience}.", exception);
        }

        return File.ReadLines(_file).Skip(1);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        File.Delete(_file);
    }
}
