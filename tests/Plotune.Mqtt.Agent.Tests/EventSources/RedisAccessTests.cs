using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.EventSources.Redis;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.EventSources;

/// <summary>Getting at Redis: passwords, users, TLS, servers of other ages, and what is said when it does not work.</summary>
public sealed class RedisAccessTests
{
    /// <summary>What a user is given, as the README says.</summary>
    private const string Rights = "~nemo_mqtt_* ~NEMO_mqtt_* +@connection +@transaction +@list +@string +@keyspace -@dangerous";

    /// <summary>The same, command by command.</summary>
    private const string FewestRights = "~nemo_mqtt_* ~NEMO_mqtt_* +ping +auth +select +watch +unwatch +multi +exec +get +set +setex +del +expire +pexpire +llen +lrange +ltrim +lpush +rpush +rpop +lmove +blmove";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_password_is_used_and_another_one_is_told_without_being_shown()
    {
        await using var fixture = await SourceFixture.StartAsync("save \"\"\nrequirepass sesame-open\n", "sesame-open");

        var without = fixture.Run();
        await SourceFixture.StateAsync(without, SourceActivity.Waiting, "asks for a password");
        await without.DisposeAsync();
        var wrong = fixture.Run(fixture.Settings() with { Password = Secret.From("mellon-friend") });
        await SourceFixture.StateAsync(wrong, SourceActivity.Waiting, "refuses the password");
        await wrong.DisposeAsync();
        fixture.Run(fixture.Settings() with { Password = Secret.From("sesame-open") });

        await fixture.PushAsync(["one"]);
        await fixture.AcceptedAsync("one");
        fixture.Logger.ThrowIfLogged("mellon-friend");
        fixture.Logger.ThrowIfLogged("sesame-open");
    }

    [Fact]
    public async Task A_user_without_the_password_it_needs_does_not_become_the_default_user()
    {
        await using var fixture = await SourceFixture.StartAsync("save \"\"\nuser bridge on >sesame-open ~* +@all\nuser open on nopass ~* +@all\n");

        var without = fixture.Run(fixture.Settings() with { UserName = "bridge" });
        await SourceFixture.StateAsync(without, SourceActivity.Waiting, "asks for a password");
        await without.DisposeAsync();
        var open = fixture.Run(fixture.Settings() with { UserName = "open" });

        await SourceFixture.StateAsync(open, SourceActivity.Connected);
    }

    [Theory]
    [InlineData(Rights)]
    [InlineData(FewestRights)]
    public async Task A_user_with_just_the_rights_that_are_needed_suffices(string rights)
    {
        await using var fixture = await SourceFixture.StartAsync($"save \"\"\nuser bridge on >sesame-open {rights}\n");
        var user = fixture.Settings() with { UserName = "bridge", Password = Secret.From("sesame-open") };
        var wrong = fixture.Run(user with { Password = Secret.From("mellon-friend") });
        await SourceFixture.StateAsync(wrong, SourceActivity.Waiting, "refuses the user name 'bridge' or its password");
        await wrong.DisposeAsync();

        var source = fixture.Run(user);
        await fixture.Database.ListLeftPushAsync("nemo_mqtt_bridge_control", "reload_config");
        await fixture.PushAsync(["one"]);
        await fixture.Database.ListLeftPushAsync(SourceFixture.List, "poison");

        await fixture.AcceptedAsync("one");
        await Eventually.TrueAsync("the poison is a dead letter", () => source.State.DeadLettered == 1, Cancel, state: () => source.State);
        await Eventually.TrueAsync("the request is heard", () => !fixture.Connections.Restarted.IsEmpty, Cancel);
        Assert.Contains(fixture.Logger.Entries, entry => entry.Message.Contains("LMOVE, BLMOVE", StringComparison.Ordinal));
        await source.DisposeAsync();
        Assert.Equal("disconnected", await fixture.Database.StringGetAsync("nemo_mqtt_bridge_status"));
    }

    [Fact]
    public async Task A_right_that_is_missing_is_named()
    {
        await using var fixture = await SourceFixture.StartAsync($"save \"\"\nuser bridge on >sesame-open {Rights} -ltrim\n");

        var source = fixture.Run(fixture.Settings() with { UserName = "bridge", Password = Secret.From("sesame-open") });
        await fixture.PushAsync(["one"]);

        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "no permissions to run the 'ltrim' command. Allow it by ACL SETUSER.");
        Assert.Empty(fixture.Queues.Payloads);
        await fixture.Database.ExecuteAsync("ACL", "SETUSER", "bridge", "+ltrim");
        await fixture.AcceptedAsync("one");
    }

    [Fact]
    public async Task What_is_stored_and_cannot_be_removed_for_a_while_is_not_stored_again()
    {
        await using var fixture = await SourceFixture.StartAsync($"save \"\"\nuser bridge on >sesame-open {Rights}\n");
        fixture.Queues.Hold();
        var source = fixture.Run(fixture.Settings() with { UserName = "bridge", Password = Secret.From("sesame-open") });
        await fixture.PushAsync(["one"]);
        await Eventually.TrueAsync("the event is about to be stored", () => fixture.Queues.Attempts > 0, Cancel);

        await fixture.Database.ExecuteAsync("ACL", "SETUSER", "bridge", "-ltrim");
        fixture.Queues.Release();
        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "no permissions to run the 'ltrim' command");
        await fixture.Database.ExecuteAsync("ACL", "SETUSER", "bridge", "+ltrim");
        await fixture.PushAsync(["two"]);

        await fixture.AcceptedAsync("one", "two");
        await fixture.DrainedAsync();
    }

    [Theory]
    [InlineData("rename-command LMOVE \"\"\nrename-command BLMOVE \"\"\nrename-command HELLO \"\"\n", "RPOPLPUSH, polling")]
    [InlineData("rename-command BLMOVE \"\"\n", "LMOVE, polling")]
    [InlineData("user default on nopass ~* +@all -lmove -blmove\n", "RPOPLPUSH, polling")]
    public async Task A_server_without_the_newer_commands_is_served_by_the_older_ones(string configuration, string commands)
    {
        await using var fixture = await SourceFixture.StartAsync("save \"\"\n" + configuration);
        string[] backlog = [.. Enumerable.Range(0, 600).Select(i => $"old {i}")];
        await fixture.PushAsync(["left behind"], SourceFixture.InWork);
        await fixture.PushAsync(backlog);

        fixture.Run();
        await fixture.AcceptedAsync(["left behind", .. backlog]);
        await fixture.PushAsync(["new"]);

        await fixture.AcceptedAsync(["left behind", .. backlog, "new"]);
        Assert.Contains(fixture.Logger.Entries, entry => entry.Message.Contains(commands, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_list_of_another_type_is_told_until_it_is_mended()
    {
        await using var fixture = await SourceFixture.StartAsync();
        await fixture.Database.StringSetAsync(SourceFixture.List, "text");

        var source = fixture.Run();

        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "must be a list");
        await fixture.Database.KeyDeleteAsync(SourceFixture.List);
        await fixture.PushAsync(["one"]);
        await fixture.AcceptedAsync("one");
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_told()
    {
        await using var fixture = await SourceFixture.StartAsync("save \"\"\ndatabases 2\n");

        var source = fixture.Run(fixture.Settings() with { Database = 7 });

        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "has no database 7");
    }

    [Fact]
    public async Task A_full_Redis_is_told_and_loses_nothing()
    {
        await using var fixture = await SourceFixture.StartAsync();
        fixture.Queues.Verdict = OutboundVerdict.Full;
        var source = fixture.Run();
        await fixture.PushAsync(["one"]);
        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "full");
        var server = fixture.Database.Multiplexer.GetServers()[0];

        await server.ConfigSetAsync("maxmemory", "1");
        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "out of memory");
        await server.ConfigSetAsync("maxmemory", "0");
        fixture.Queues.Verdict = OutboundVerdict.Accepted;

        await fixture.AcceptedAsync("one");
    }

    [Fact]
    public async Task What_is_not_Redis_is_told()
    {
        await using var fixture = await SourceFixture.StartAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener);

        var source = fixture.Run(fixture.Settings() with { Port = ((IPEndPoint)listener.LocalEndpoint).Port });

        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "does not speak as Redis does");
        await source.DisposeAsync();
        listener.Stop();
        await answering;

        static async Task AnswerAsync(TcpListener listener)
        {
            try
            {
                while (true)
                {
                    using var client = await listener.AcceptTcpClientAsync(Cancel);
                    await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), Cancel);
                }
            }
            catch (SocketException)
            {
                // Stopped.
            }
        }
    }

    [Fact]
    public async Task A_host_name_that_is_not_known_is_told()
    {
        await using var fixture = await SourceFixture.StartAsync();

        var source = fixture.Run(fixture.Settings() with { Host = "redis.invalid" });

        await Eventually.TrueAsync("the name is named", () => source.State.Reason.Contains("host name redis.invalid", StringComparison.Ordinal), Cancel, state: () => source.State);
    }

    [Fact]
    public async Task TLS_is_spoken_with_the_authority_entered_and_with_no_other()
    {
        using var authority = TestAuthority.Create();
        using var other = TestAuthority.Create("Another one");
        using var certificate = authority.Issue("redis", ["127.0.0.1"]);
        await using var redis = await RedisProcess.StartAsync(Cancel, tls: (certificate.ExportCertificatePem(), KeyOf(certificate), authority.Pem));
        await using var fixture = await SourceFixture.StartAsync();
        var settings = fixture.Settings() with { Port = redis.Port, UsesTls = true };

        await ExpectAsync(settings, SourceActivity.Waiting, "issued by nobody this computer trusts");
        await ExpectAsync(settings with { Tls = new TlsConfig { Ca = other.Pem } }, SourceActivity.Waiting, "was not issued by the CA certificate entered");
        await ExpectAsync(settings with { Tls = new TlsConfig { Ca = authority.Pem, ServerName = "elsewhere" } }, SourceActivity.Waiting, "is not for 'elsewhere'");
        await ExpectAsync(settings with { Tls = new TlsConfig { Ca = authority.Pem } }, SourceActivity.Connected, "");
        await ExpectAsync(settings with { Tls = new TlsConfig { Verify = TlsVerification.None } }, SourceActivity.Connected, "");
        await ExpectAsync(settings with { UsesTls = false }, SourceActivity.Waiting, "does its port expect TLS?");
        await ExpectAsync(fixture.Settings() with { UsesTls = true }, SourceActivity.Waiting, "expects no TLS");

        async Task ExpectAsync(RedisSourceSettings tried, SourceActivity activity, string reason)
        {
            var source = fixture.Run(tried);
            await SourceFixture.StateAsync(source, activity, reason);
            await source.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_client_certificate_is_shown_to_a_server_that_asks_for_one()
    {
        using var authority = TestAuthority.Create();
        using var certificate = authority.Issue("redis", ["127.0.0.1"]);
        using var own = authority.Issue("agent");
        await using var redis = await RedisProcess.StartAsync(Cancel, "save \"\"\ntls-auth-clients yes\n", (certificate.ExportCertificatePem(), KeyOf(certificate), authority.Pem));
        await using var fixture = await SourceFixture.StartAsync();
        var settings = fixture.Settings() with { Port = redis.Port, UsesTls = true, Tls = new TlsConfig { Ca = authority.Pem } };

        var without = fixture.Run(settings);
        await SourceFixture.StateAsync(without, SourceActivity.Waiting, "client certificate");
        await without.DisposeAsync();
        var with = fixture.Run(settings with { Tls = settings.Tls with { Certificate = own.ExportCertificatePem(), Key = Secret.From(KeyOf(own)) } });
        await SourceFixture.StateAsync(with, SourceActivity.Connected);
        await with.DisposeAsync();

        using var key = own.GetECDsaPrivateKey()!;
        var encrypted = key.ExportEncryptedPkcs8PrivateKeyPem("sesame", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1_000));
        var locked = settings with { Tls = settings.Tls with { Certificate = own.ExportCertificatePem(), Key = Secret.From(encrypted), KeyPassword = Secret.From("sesame") } };
        var unlocked = fixture.Run(locked);
        await SourceFixture.StateAsync(unlocked, SourceActivity.Connected);
        await unlocked.DisposeAsync();
        var wrong = fixture.Run(locked with { Tls = locked.Tls with { KeyPassword = Secret.From("mellon") } });
        await SourceFixture.StateAsync(wrong, SourceActivity.Waiting, "the key password is wrong");
    }

    [Fact]
    public async Task A_test_says_what_is_there_and_changes_nothing()
    {
        await using var fixture = await SourceFixture.StartAsync();
        await fixture.PushAsync(["one", "two"]);
        await fixture.Database.StringSetAsync(SourceFixture.Lease, "somebody");

        var good = await RedisSourceTest.RunAsync(fixture.Settings(), Cancel);
        var bad = await RedisSourceTest.RunAsync(fixture.Settings() with { Password = Secret.From("p"), UserName = "nobody" }, Cancel);

        Assert.Equal((true, 2), (good.Success, good.Pending));
        Assert.Contains("is worked by somebody", good.Reason, StringComparison.Ordinal);
        Assert.False(bad.Success);
        Assert.Contains("refuses the user name 'nobody'", bad.Reason, StringComparison.Ordinal);
        Assert.Equal(2, await fixture.Database.ListLengthAsync(SourceFixture.List));
    }

    private static string KeyOf(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }
}
