using Microsoft.Extensions.Logging.Abstractions;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.TestSupport;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Tests.Storage;

public sealed class HeldTopicsTests : IDisposable
{
    private static readonly WorkerKey First = new("plant", 0);
    private static readonly WorkerKey Second = new("plant", 1);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_newest_list_of_each_worker_survives_a_restart()
    {
        await RunAsync(keeper =>
        {
            keeper.Keep(First, Held("me", "old"));
            keeper.Keep(First, Held("me", "a", "b"));
            keeper.Keep(Second, Held("me-2", "c"));
        });

        await RunAsync(keeper =>
        {
            Assert.Equal(Held("me", "a", "b").Topics, keeper.Find(First, "me"));
            Assert.Equal(Held("me-2", "c").Topics, keeper.Find(Second, "me-2"));
            Assert.Empty(keeper.Find(First, "you"));
        });
    }

    [Fact]
    public async Task What_a_deleted_connection_held_is_forgotten_even_if_the_agent_ended_before_it_could()
    {
        await RunAsync(keeper =>
        {
            keeper.Keep(First, Held("me", "a"));
            keeper.Keep(new WorkerKey("gone", 0), Held("me", "a"));
            keeper.Keep(new WorkerKey("deleted", 0), Held("me", "a"));
            keeper.Forget("deleted");
        });

        await RunAsync(keeper => Assert.Empty(keeper.Find(new WorkerKey("gone", 0), "me")));

        await using var database = OpenDatabase();
        Assert.Equal([First], (await new HeldTopicsRepository(database).LoadAsync(Token)).Keys);
    }

    [Fact]
    public async Task A_session_that_was_ended_is_forgotten_but_not_the_one_after_it()
    {
        await RunAsync(keeper =>
        {
            keeper.Keep(First, Held("me", "a"));
            keeper.Keep(Second, Held("me-2", "b"));
            keeper.Forget(First, "me");
            keeper.Forget(Second, "an earlier one");
        });

        await RunAsync(keeper =>
        {
            Assert.Empty(keeper.Find(First, "me"));
            Assert.NotEmpty(keeper.Find(Second, "me-2"));
        });
    }

    [Fact]
    public async Task A_row_that_cannot_be_read_counts_as_not_there()
    {
        await RunAsync(keeper => keeper.Keep(First, Held("me", "a")));
        await using (var database = OpenDatabase())
            await database.WriteAsync(connection => connection.Execute("UPDATE held_topics SET topics = '[{'"), cancellationToken: Token);

        await RunAsync(keeper =>
        {
            Assert.Empty(keeper.Find(First, "me"));
            keeper.Keep(First, Held("me", "b"));
        });

        await RunAsync(keeper => Assert.Equal(Held("me", "b").Topics, keeper.Find(First, "me")));
    }

    private static HeldTopics Held(string session, params string[] filters) =>
        new(session, [.. filters.Select(filter => new WorkerHeldTopic(new WorkerTopic(filter, 1) { NoLocal = true }, filter != "b"))]);

    /// <summary>One life of the agent in which the connection <c>plant</c> exists.</summary>
    private async Task RunAsync(Action<HeldTopicsKeeper> live)
    {
        await using var database = OpenDatabase();
        var keeper = new HeldTopicsKeeper(new HeldTopicsRepository(database), TimeProvider.System, NullLogger<HeldTopicsKeeper>.Instance);
        await keeper.LoadAsync(new HashSet<string> { "plant", "deleted" }, Token);
        using var stop = new CancellationTokenSource();
        var running = keeper.RunAsync(stop.Token);
        live(keeper);
        await stop.CancelAsync();
        await running;
    }

    private StateDatabase OpenDatabase() => StateDatabase.Open(_folder["state.db"], TimeProvider.System, NullLogger.Instance);
}
