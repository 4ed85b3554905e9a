using Microsoft.Data.Sqlite;
using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>Stores what is new in the catalog, in the background and in batches, so that it never slows samples. Failures are retried for ever; they are logged by the database.</summary>
internal sealed partial class SignalPersister(SignalStore store, SignalRepository repository, TimeProvider timeProvider, ILogger<SignalPersister> logger)
{
    private const int BatchSize = 2000;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    /// <summary>Runs until cancelled, then stores what is left.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await store.WaitForUnstoredAsync(cancellationToken).ConfigureAwait(false);
                if (!await StoreBatchAsync().ConfigureAwait(false))
                    await Task.Delay(RetryDelay, timeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            while (await StoreBatchAsync().ConfigureAwait(false))
            {
            }
        }
    }

    /// <returns>False if there was nothing to store or it could not be stored.</returns>
    private async Task<bool> StoreBatchAsync()
    {
        var batch = store.TakeUnstored(BatchSize);
        if (batch.Count == 0)
            return false;

        try
        {
            await repository.SaveAsync(batch, CancellationToken.None).ConfigureAwait(false);
            store.Settle(batch, stored: true);
            return true;
        }
        catch (StorageException)
        {
            store.Settle(batch, stored: false);
            return false;
        }
        catch (SqliteException exception)
        {
            // The rows themselves are refused, which no later attempt can change; the signals work, only their names may differ after a restart.
            Log.Refused(logger, batch.Count, exception.Message);
            store.Settle(batch, stored: true);
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3004, LogLevel.Error, "{Count} signals cannot be stored: {Reason}")]
        public static partial void Refused(ILogger logger, int count, string reason);
    }
}
