using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Storage;

public sealed class BridgeRepositoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Bridges_come_back_as_they_were_stored()
    {
        var motor = new BridgeConfig("Motor °C", new BridgeSource("::1", 4711)) { Options = new BridgeOptions(10, 0.5) };
        var valve = new BridgeConfig("valve", new BridgeSource("bench", 1));
        await using (var database = Open())
        {
            var repository = New(database);
            await repository.SaveAsync(valve, Cancel);
            await repository.SaveAsync(motor with { Options = BridgeOptions.None }, Cancel);
            await repository.SaveTakenAsync(new Dictionary<string, byte[]> { [motor.Name] = [1, 2, 3], ["unknown"] = [4] }, Cancel);
            await repository.SaveAsync(motor, Cancel);
        }

        await using var again = Open();
        var loaded = await New(again).LoadAsync(Cancel);

        Assert.Equal([motor, valve], loaded.Select(stored => stored.Config));
        Assert.Equal([1, 2, 3], loaded[0].Taken);
        Assert.Empty(loaded[1].Taken);
    }

    [Fact]
    public async Task A_deleted_bridge_is_gone_with_what_was_taken_from_it()
    {
        await using var database = Open();
        var repository = New(database);
        var config = new BridgeConfig("motor", new BridgeSource("bench", 1));
        await repository.SaveAsync(config, Cancel);
        await repository.SaveTakenAsync(new Dictionary<string, byte[]> { ["motor"] = [1] }, Cancel);

        await repository.DeleteAsync("motor", Cancel);
        Assert.Empty(await repository.LoadAsync(Cancel));
        await repository.SaveAsync(config, Cancel);

        Assert.Empty((await repository.LoadAsync(Cancel)).Single().Taken);
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("{}")]
    [InlineData("""{"host":"a b","port":1}""")]
    [InlineData("null")]
    public async Task A_damaged_bridge_is_left_out_and_named(string settings)
    {
        await using var database = Open();
        await database.WriteAsync(
            connection => connection.Prepare("INSERT INTO bridges VALUES ('motor', $settings, x'')", ("$settings", settings)).ExecuteNonQuery(), cancellationToken: Cancel);
        var logger = new CapturingLogger();
        using var loggers = new LoggerFactory([new Provider(logger)]);

        Assert.Empty(await new BridgeRepository(database, loggers.CreateLogger<BridgeRepository>()).LoadAsync(Cancel));

        Assert.Contains("motor", Assert.Single(logger.Entries).Message, StringComparison.Ordinal);
    }

    private static BridgeRepository New(StateDatabase database) => new(database, NullLogger<BridgeRepository>.Instance);

    private StateDatabase Open() => StateDatabase.Open(_folder["state.db"], TimeProvider.System, NullLogger.Instance);

    private sealed class Provider(ILogger logger) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => logger;

        public void Dispose()
        {
        }
    }
}
