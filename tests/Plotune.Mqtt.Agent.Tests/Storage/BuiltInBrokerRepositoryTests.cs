using System.Net;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Storage;

public sealed class BuiltInBrokerRepositoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_stored_comes_back_and_the_password_only_as_a_hash()
    {
        var settings = new BuiltInBrokerSettings
        {
            Enabled = true,
            Port = 1884,
            WebSocketPort = 9001,
            Bind = IPAddress.Any,
            UserName = "me",
            Password = PasswordHash.Of("sesame"),
            AgentToken = AgentToken.Of("token"),
            ConnectionMade = true,
        };
        await using (var database = Open()) await new BuiltInBrokerRepository(database, NullLogger<BuiltInBrokerRepository>.Instance).SaveAsync(settings, Cancel);

        await using var again = Open();
        var loaded = await new BuiltInBrokerRepository(again, NullLogger<BuiltInBrokerRepository>.Instance).LoadAsync(Cancel);

        Assert.NotNull(loaded);
        Assert.Equal(settings with { Password = null, AgentToken = null }, loaded with { Password = null, AgentToken = null });
        Assert.True(loaded.Password!.Matches("sesame"u8));
        Assert.True(loaded.AgentToken!.Matches("token"u8));
        Assert.DoesNotContain("sesame", await again.ReadAsync(connection => (string)connection.QueryScalar("SELECT settings FROM built_in_broker")!, Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_stored_is_nothing()
    {
        await using var database = Open();

        Assert.Null(await new BuiltInBrokerRepository(database, NullLogger<BuiltInBrokerRepository>.Instance).LoadAsync(Cancel));
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("""{"enabled":true,"port":1883,"webSocketPort":0,"bind":"127.0.0.1","userName":"","password":"damaged","agentToken":""}""")]
    [InlineData("""{"enabled":true,"port":1883,"webSocketPort":0,"bind":"0.0.0.0","userName":"","password":"","agentToken":""}""")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"enabled":true,"port":99999,"webSocketPort":0,"bind":"127.0.0.1","userName":"","password":"","agentToken":""}""")]
    [InlineData("""{"enabled":true,"port":1883,"webSocketPort":1883,"bind":"127.0.0.1","userName":"","password":"","agentToken":""}""")]
    [InlineData("""{"enabled":true,"port":1883,"webSocketPort":0,"bind":"127.0.0.1","userName":null,"password":"","agentToken":""}""")]
    public async Task Damaged_settings_switch_it_off(string text)
    {
        await using var database = Open();
        await database.WriteAsync(connection => Insert(connection, text), durable: false, Cancel);

        var loaded = await new BuiltInBrokerRepository(database, NullLogger<BuiltInBrokerRepository>.Instance).LoadAsync(Cancel);

        Assert.Equal(new BuiltInBrokerSettings(), loaded);
    }

    private static void Insert(SqliteConnection connection, string text)
    {
        using var command = connection.Prepare("INSERT INTO built_in_broker (id, settings) VALUES (1, $settings)", ("$settings", text));
        command.ExecuteNonQuery();
    }

    private StateDatabase Open() => StateDatabase.Open(_folder["state.db"], TimeProvider.System, NullLogger.Instance);
}
