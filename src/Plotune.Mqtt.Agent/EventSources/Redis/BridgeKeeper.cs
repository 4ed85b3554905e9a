using Plotune.Mqtt.Agent.PlotuneCore;
using Plotune.Mqtt.Agent.Supervision;
using StackExchange.Redis;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>What has to be done now and then while we hold the leases: prolong them, tell the producer whether its events reach the brokers, and do what it asks for.</summary>
internal sealed partial class BridgeKeeper(
    RedisSourceSettings settings, IDatabase database, RedisLeases leases, TimeSpan interval, IConnectionManager connections, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>The producer takes a bridge whose status has expired for dead.</summary>
    private static readonly TimeSpan StatusLifetime = TimeSpan.FromSeconds(90);

    private const string Connected = "connected";
    private const string Disconnected = "disconnected";
    private const string ReloadRequest = "reload_config";

    /// <summary>Requests taken at once.</summary>
    private const int MaximumRequests = 100;

    private readonly WakeSignal _wake = new(timeProvider);

    /// <summary>Something has happened to a connection: the status is looked at at once.</summary>
    public void Wake() => _wake.Wake();

    /// <summary>Runs until cancelled.</summary>
    /// <exception cref="LeaseLostException">The lists are another one's.</exception>
    /// <exception cref="RedisException">The connection is lost, or a command refused.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await TellAsync(AreAllConnected() ? Connected : Disconnected);
            if (await IsReloadWantedAsync()) await ReloadAsync(cancellationToken);
            await _wake.WaitAsync(interval, cancellationToken);
        }
    }

    /// <summary>Tells the producer that nobody takes its events any more.</summary>
    public Task SayGoodbyeAsync() => TellAsync(Disconnected);

    private Task TellAsync(string status) => leases.RunAsync(transaction => Task.WhenAll(
        [leases.Prolong(transaction), .. settings.StatusKeys.Select(key => transaction.StringSetAsync(key, status, StatusLifetime))]));

    private bool AreAllConnected() => settings.Connections.All(name => connections.Get(name)?.State.Activity == ConnectionActivity.Connected);

    /// <summary>Takes every request off the control lists. One that we do not know is none of ours to keep.</summary>
    private async Task<bool> IsReloadWantedAsync()
    {
        var lengths = await Task.WhenAll(settings.ControlLists.Select(list => database.ListLengthAsync(list)));
        if (lengths.Sum() == 0) return false;
        var requests = new List<RedisValue>();
        foreach (var list in settings.ControlLists)
        {
            while (requests.Count < MaximumRequests && await database.ListRightPopAsync(list) is { IsNull: false } request) requests.Add(request);
        }

        foreach (var unknown in requests.Where(request => request != ReloadRequest).Take(1)) Log.UnknownRequest(logger, settings.Name, RedisFailure.Quote(unknown.ToString()));
        return requests.Contains(ReloadRequest);
    }

    /// <summary>The settings in use are the stored ones; certificate files and the like are read anew by a new connection.</summary>
    private async Task ReloadAsync(CancellationToken cancellationToken)
    {
        Log.Reloading(logger, settings.Name, string.Join(", ", settings.Connections));
        foreach (var name in settings.Connections) await connections.RestartAsync(name, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(3801, LogLevel.Information, "Event source {Source}: the producer asks to reconnect; connections started anew: {Connections}")]
        public static partial void Reloading(ILogger logger, string source, string connections);

        [LoggerMessage(3802, LogLevel.Warning, "Event source {Source}: the producer asks for '{Request}', which is not known")]
        public static partial void UnknownRequest(ILogger logger, string source, string request);
    }
}
