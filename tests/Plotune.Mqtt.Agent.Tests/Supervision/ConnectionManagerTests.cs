using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Supervision;

public sealed class ConnectionManagerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task New_topics_reach_a_running_worker_without_a_restart()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        var config = ManagerFixture.Config("plant");
        await fixture.Manager.PutAsync(config, Token);
        await fixture.UntilConnectedAsync("plant");
        var pid = fixture.State("plant").WorkerPid;

        await fixture.Manager.PutAsync(config with { Topics = [new TopicFilterConfig("a"), new TopicFilterConfig("b")], ShareGroup = "g" }, Token);

        await fixture.UntilAsync("the worker has them", () => fixture.State("plant").Notices.Any(notice => notice.Subject == "topics" && notice.Text == "$share/g/a,$share/g/b"), "plant");
        Assert.Equal(pid, fixture.State("plant").WorkerPid);
    }

    [Fact]
    public async Task Settings_that_change_nothing_for_the_worker_leave_it_alone()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        var config = ManagerFixture.Config("plant");
        await fixture.Manager.PutAsync(config, Token);
        await fixture.UntilConnectedAsync("plant");
        var before = fixture.State("plant");

        await fixture.Manager.PutAsync(config, Token);
        await fixture.Manager.PutAsync(config with { Producer = true, ProducerSince = DateTimeOffset.UnixEpoch, ProducerQos = QualityOfService.ExactlyOnce }, Token);

        Assert.Equal((before.WorkerPid, before.Since, "connected"), (fixture.State("plant").WorkerPid, fixture.State("plant").Since, fixture.State("plant").Status));
        Assert.True(fixture.Manager.Get("plant")!.Config.Producer);
    }

    [Fact]
    public async Task Whoever_asks_hears_of_every_change_of_settings_once_it_applies()
    {
        await using var fixture = new ManagerFixture();
        var heard = new List<string>();
        fixture.Manager.SettingsChanged += () => heard.Add(string.Join(' ', fixture.Manager.List().Select(connection => $"{connection.Config.Name}:{connection.Config.ProducerTopic}")));
        await fixture.Manager.StartAsync(_ => true, Token);
        var config = ManagerFixture.Config("plant") with { Enabled = false };

        await fixture.Manager.PutAsync(config, Token);
        await fixture.Manager.PutAsync(config, Token);
        await fixture.Manager.PutAsync(config with { ProducerTopic = "hall" }, Token);
        await fixture.Manager.DeleteAsync("plant", Token);
        await fixture.Manager.DeleteAsync("plant", Token);

        Assert.Equal(["", "plant:plotune", "plant:hall", ""], heard);
    }

    [Fact]
    public async Task Another_address_starts_the_worker_anew_at_once()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant"), Token);
        await fixture.UntilConnectedAsync("plant");
        var pid = fixture.State("plant").WorkerPid;

        await fixture.Manager.PutAsync(ManagerFixture.Config("plant", port: 1884), Token);

        await fixture.UntilAsync("another worker is connected", () => fixture.State("plant") is { Status: "connected" } state && state.WorkerPid is { } now && now != pid, "plant");
        Assert.Equal(0, fixture.State("plant").Restarts);
    }

    [Fact]
    public async Task A_paused_connection_has_no_worker_and_says_so()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant"), Token);
        await fixture.UntilConnectedAsync("plant");

        await fixture.Manager.PutAsync(ManagerFixture.Config("plant") with { Enabled = false }, Token);

        Assert.Equal("disabled", fixture.State("plant").Status);
        await fixture.UntilAsync("the worker is gone", () => fixture.State("plant").WorkerPid is null, "plant");
        Assert.Equal("disabled", fixture.State("plant").Status);
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant"), Token);
        await fixture.UntilAsync("it is connected again", () => fixture.State("plant").Status == "connected", "plant");
    }

    [Fact]
    public async Task A_refusal_is_shown_and_tried_again_only_when_asked()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant", FakeWorker.Refused), Token);
        await fixture.UntilAsync("it was refused", () => fixture.State("plant") is { Status: "failed", WorkerPid: not null }, "plant");
        Assert.Equal("Bad credentials.", fixture.State("plant").Reason);
        var pid = fixture.State("plant").WorkerPid;

        await fixture.Manager.RestartAllAsync(Token);

        await fixture.UntilAsync("it was tried by another worker", () => fixture.State("plant") is { Status: "failed", WorkerPid: { } now } && now != pid, "plant");
        await fixture.UntilAsync("both refusals are told", () => fixture.Events.Count(occurred => occurred.Kind == ConnectionEventKind.Refused) >= 2, "plant");
        Assert.Equal(2, fixture.Events.Count(occurred => occurred.Kind == ConnectionEventKind.Refused));
    }

    [Fact]
    public async Task While_connected_no_attempt_is_counted()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant"), Token);

        await fixture.UntilConnectedAsync("plant");

        Assert.Equal(0, fixture.State("plant").Attempt);
    }

    [Fact]
    public async Task A_restart_of_all_makes_even_connected_ones_anew_and_leaves_disabled_ones_alone()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("first"), Token);
        await fixture.Manager.PutAsync(ManagerFixture.Config("second"), Token);
        await fixture.Manager.PutAsync(ManagerFixture.Config("off") with { Enabled = false }, Token);
        await fixture.UntilConnectedAsync("first");
        await fixture.UntilConnectedAsync("second");
        string[] names = ["first", "second"];
        var before = names.Select(name => fixture.State(name).WorkerPid!.Value).ToArray();

        await fixture.Manager.RestartAllAsync(Token);

        for (var i = 0; i < names.Length; i++)
        {
            var (name, pid) = (names[i], before[i]);
            await fixture.UntilAsync($"{name} is connected by another worker", () => fixture.State(name) is { Status: "connected", WorkerPid: { } now } && now != pid, name);
            Assert.Equal(0, fixture.State(name).Restarts);
        }

        Assert.Equal("disabled", fixture.State("off").Status);
        Assert.Null(fixture.State("off").WorkerPid);
        Assert.DoesNotContain(fixture.Events, occurred => occurred.Kind is ConnectionEventKind.Lost or ConnectionEventKind.WorkerRestarted);
    }

    [Fact]
    public async Task A_restart_of_one_leaves_the_others_alone()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("first"), Token);
        await fixture.Manager.PutAsync(ManagerFixture.Config("second"), Token);
        await fixture.UntilConnectedAsync("first");
        await fixture.UntilConnectedAsync("second");
        var (first, second) = (fixture.State("first").WorkerPid, fixture.State("second").WorkerPid);

        Assert.True(await fixture.Manager.RestartAsync("first", Token));
        Assert.False(await fixture.Manager.RestartAsync("third", Token));

        await fixture.UntilAsync("it is connected by another worker", () => fixture.State("first") is { Status: "connected", WorkerPid: { } now } && now != first, "first");
        Assert.Equal(("connected", second), (fixture.State("second").Status, fixture.State("second").WorkerPid));
    }

    [Fact]
    public async Task Connections_and_names_survive_a_restart_of_the_agent()
    {
        using var folder = new TemporaryFolder();
        string clientId;
        await using (var before = await ManagerFixture.StartAsync(folder))
        {
            await before.Manager.PutAsync(ManagerFixture.Config("first"), Token);
            await before.UntilConnectedAsync("first");
            await before.Manager.PutAsync(ManagerFixture.Config("second"), Token);
            await before.UntilConnectedAsync("second");
            Assert.Equal("t_2", before.Store.Page(null, "second", 10, null, out _).Single().Key);
            clientId = before.Manager.Get("second")!.Config.ClientId;
            Assert.True(await before.Manager.DeleteAsync("first", Token));
        }

        await using var after = await ManagerFixture.StartAsync(folder);
        await after.UntilConnectedAsync("second");

        Assert.Equal(["second"], after.Manager.List().Select(snapshot => snapshot.Config.Name));
        Assert.Equal("t_2", after.Store.Page(null, "second", 10, null, out _).Single().Key);
        Assert.Matches("^plotune-[0-9a-f]{8}$", clientId);
        Assert.Equal(clientId, after.Manager.Get("second")!.Config.ClientId);
        Assert.Equal(clientId, after.State("second").ClientId);
        Assert.Equal("horse", after.Manager.Get("second")!.Config.Password.Reveal());
    }

    [Fact]
    public async Task A_deleted_connection_takes_its_worker_and_samples_with_it_and_gets_its_names_back()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant"), Token);
        await fixture.UntilConnectedAsync("plant");

        Assert.True(await fixture.Manager.DeleteAsync("plant", Token));
        Assert.Null(fixture.Manager.Get("plant"));
        Assert.Null(fixture.Store.Find("t"));
        Assert.False(await fixture.Manager.DeleteAsync("plant", Token));

        await fixture.Manager.PutAsync(ManagerFixture.Config("bench"), Token);
        await fixture.UntilConnectedAsync("bench");
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant"), Token);
        await fixture.UntilConnectedAsync("plant");
        Assert.Equal("plant", fixture.Store.Find("t")!.Connection);
        Assert.Equal("bench", fixture.Store.Find("t_2")!.Connection);
    }

    [Fact]
    public async Task A_persistent_session_is_handed_on_with_what_it_holds_however_the_worker_or_the_agent_ended()
    {
        using var folder = new TemporaryFolder();
        var config = ManagerFixture.Config("plant", FakeWorker.Holding) with { ClientId = "me", CleanSession = false };
        await using (var before = await ManagerFixture.StartAsync(folder))
        {
            await before.Manager.PutAsync(config, Token);
            Assert.Equal("", await HeldAsync(before));
            await before.Manager.RestartAllAsync(Token);
            await before.UntilAsync("the next worker knows", () => Held(before).FirstOrDefault() == "t/#", "plant");
            await before.Manager.PutAsync(config with { Topics = [new TopicFilterConfig("a"), new TopicFilterConfig("b")] }, Token);
            await before.UntilAsync("the worker has the new list", () => before.State("plant").Notices.Any(notice => notice.Subject == "topics"), "plant");
            await before.Manager.PutAsync(config with { Topics = [new TopicFilterConfig("c")], Enabled = false }, Token);
            await before.UntilAsync("the worker is gone", () => before.State("plant").WorkerPid is null, "plant");
        }

        await using var after = await ManagerFixture.StartAsync(folder);
        await after.Manager.PutAsync(config with { Topics = [new TopicFilterConfig("c")] }, Token);

        Assert.Equal("a,b", await HeldAsync(after));
    }

    [Theory]
    [InlineData("port")]
    [InlineData("clientId")]
    [InlineData("protocol")]
    [InlineData("cleanSession")]
    [InlineData("deleted")]
    public async Task What_another_session_held_is_told_to_nobody(string change)
    {
        await using var fixture = await ManagerFixture.StartAsync();
        var config = ManagerFixture.Config("plant", FakeWorker.Holding) with { ClientId = "me", CleanSession = false };
        await fixture.Manager.PutAsync(config, Token);
        await HeldAsync(fixture);
        await fixture.Manager.PutAsync(config with { Enabled = false }, Token);
        await fixture.UntilAsync("the worker is gone", () => fixture.State("plant").WorkerPid is null, "plant");
        if (change == "deleted")
            await fixture.Manager.DeleteAsync("plant", Token);

        await fixture.Manager.PutAsync(
            change switch
            {
                "port" => config with { Port = 1884 },
                "clientId" => config with { ClientId = "you" },
                "protocol" => config with { Protocol = ProtocolPreference.V311 },
                "cleanSession" => config with { CleanSession = true },
                _ => config,
            },
            Token);

        await fixture.UntilAsync("a worker says what it was told", () => Held(fixture).Length == (change == "deleted" ? 1 : 2), "plant");
        Assert.All(Held(fixture), held => Assert.Equal("", held));
    }

    [Fact]
    public async Task Changes_made_from_what_is_stored_do_not_undo_one_another()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        var config = ManagerFixture.Config("plant") with { Enabled = false, Topics = [] };
        await fixture.Manager.PutAsync(config, Token);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(
            () => fixture.Manager.ChangeAsync(() => config with { Topics = [.. fixture.Manager.Get("plant")!.Config.Topics, new TopicFilterConfig($"t/{i}")] }, Token), Token)));

        Assert.Equal(20, fixture.Manager.Get("plant")!.Config.Topics.Count);
        await Assert.ThrowsAsync<FormatException>(() => fixture.Manager.ChangeAsync(() => throw new FormatException(), Token));
        await fixture.Manager.PutAsync(config, Token);
    }

    [Fact]
    public async Task The_number_of_connections_is_limited()
    {
        await using var fixture = await ManagerFixture.StartAsync(limits: ManagerFixture.Limits with { MaximumConnections = 1 });
        await fixture.Manager.PutAsync(ManagerFixture.Config("one") with { Enabled = false }, Token);

        await Assert.ThrowsAsync<ConnectionLimitException>(() => fixture.Manager.PutAsync(ManagerFixture.Config("two"), Token));
        await fixture.Manager.PutAsync(ManagerFixture.Config("one") with { Enabled = false, Port = 1 }, Token);

        Assert.Equal(1, fixture.Manager.List().Single().Config.Port);
    }

    public static TheoryData<string> SecretMembers => new("password", "signing secret", "verify secret");

    [Theory]
    [MemberData(nameof(SecretMembers))]
    public async Task With_a_secret_that_cannot_be_read_any_more_nothing_is_started_until_it_is_entered_again(string member)
    {
        using var folder = new TemporaryFolder();
        var whole = With(member, Secret.From("known")) with { Workers = 2 };
        await using (var before = await ManagerFixture.StartAsync(folder))
        {
            await before.Manager.PutAsync(whole with { Enabled = false }, Token);
            await before.Manager.PutAsync(whole, Token);
            await before.UntilConnectedAsync("plant");
        }

        Directory.Delete(folder["keys"], recursive: true);
        await using var after = await ManagerFixture.StartAsync(folder);

        await after.UntilAsync("it has failed", () => after.State("plant").Status == "failed" && after.State("plant").Workers.All(worker => worker.Status == "failed"), "plant");
        var sentence = $"The stored {member} cannot be read any more, because its encryption key is gone. Enter it again.";
        Assert.Equal((sentence, "SecretLost"), (after.State("plant").Reason, after.State("plant").ReasonName));
        Assert.Equal((ConnectionEventKind.SecretLost, sentence), (Assert.Single(after.State("plant").Notices).Kind, after.State("plant").Notices[0].Text));
        Assert.Equal(sentence, (await after.Manager.TestAsync(after.Manager.Get("plant")!.Config, Token)).Reason);

        // Any other change leaves it as it is, and so does switching it off and on.
        await after.Manager.PutAsync(after.Manager.Get("plant")!.Config with { KeepAlive = TimeSpan.FromSeconds(7) }, Token);
        await after.Manager.PutAsync(after.Manager.Get("plant")!.Config with { Enabled = false }, Token);
        Assert.Equal("disabled", after.State("plant").Status);
        Assert.Contains(sentence, ConnectionWarnings.Of(after.Manager.Get("plant")!.Config));
        await after.Manager.PutAsync(after.Manager.Get("plant")!.Config with { Enabled = true }, Token);
        await after.UntilAsync("it has failed again", () => after.State("plant").Status == "failed", "plant");
        Assert.All(after.State("plant").Workers, worker => Assert.Null(worker.ProcessId));

        await after.Manager.PutAsync(whole, Token);

        await after.UntilConnectedAsync("plant");
        Assert.DoesNotContain(after.Events, occurred => occurred.Kind is ConnectionEventKind.Refused or ConnectionEventKind.WorkerRestarted);
    }

    [Fact]
    public async Task A_secret_that_is_not_wanted_any_more_can_be_lost()
    {
        using var folder = new TemporaryFolder();
        await using (var before = await ManagerFixture.StartAsync(folder))
            await before.Manager.PutAsync(With("verify secret", Secret.From("known")), Token);
        Directory.Delete(folder["keys"], recursive: true);
        await using var after = await ManagerFixture.StartAsync(folder);
        await after.UntilAsync("it has failed", () => after.State("plant").Status == "failed", "plant");

        await after.Manager.PutAsync(With("verify secret", Secret.None), Token);

        await after.UntilConnectedAsync("plant");
    }

    [Theory]
    [InlineData("signing secret", "new/")]
    [InlineData("verify secret", "/new")]
    public async Task A_new_secret_to_sign_or_verify_by_reaches_a_new_worker_at_once(string member, string told)
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant"), Token);
        await fixture.UntilConnectedAsync("plant");
        var pid = fixture.State("plant").WorkerPid;

        await fixture.Manager.PutAsync(With(member, Secret.From("new")), Token);

        await fixture.UntilAsync("another worker knows it", () => Secrets(fixture, 0).FirstOrDefault() == told && fixture.State("plant").WorkerPid != pid, "plant");
        await fixture.Manager.PutAsync(With(member, Secret.None), Token);
        await fixture.UntilAsync("the next one does not", () => Secrets(fixture, 0).FirstOrDefault() == "/", "plant");
        Assert.Equal(0, fixture.State("plant").Restarts);
    }

    [Fact]
    public async Task All_workers_verify_and_only_the_first_that_publishes_knows_how_to_sign()
    {
        await using var fixture = await ManagerFixture.StartAsync();

        await fixture.Manager.PutAsync(ManagerFixture.Config("plant") with { Workers = 2, SigningSecret = Secret.From("s"), VerifySecret = Secret.From("v") }, Token);

        await fixture.UntilAsync("both say what they know", () => Secrets(fixture, 0).Length == 1 && Secrets(fixture, 1).Length == 1, "plant");
        Assert.Equal(["s/v", "/v"], [Secrets(fixture, 0)[0], Secrets(fixture, 1)[0]]);
    }

    [Fact]
    public async Task A_test_runs_in_a_worker_of_its_own_under_a_name_of_its_own()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant") with { ClientId = "mine" }, Token);
        await fixture.UntilConnectedAsync("plant");
        var pid = fixture.State("plant").WorkerPid;

        var result = await fixture.Manager.TestAsync(ManagerFixture.Config("plant") with { ClientId = "mine" }, Token);

        Assert.True(result.Success, result.Reason);
        Assert.StartsWith("as plotune-", result.Reason, StringComparison.Ordinal);
        Assert.Equal(1, result.Topics.Single().Granted);
        Assert.Equal(pid, fixture.State("plant").WorkerPid);
    }

    [Theory]
    [InlineData("g", "t/#", "$share/g/t/#", "$share/g-test-[0-9a-f]{8}/t/#")]
    [InlineData("", "$share/g/t/#", "$share/g/t/#", "$share/g-test-[0-9a-f]{8}/t/#")]
    [InlineData("", "t/#", "t/#", "t/#")]
    public async Task A_test_takes_no_messages_from_the_members_of_a_share_group(string group, string filter, string shown, string subscribed)
    {
        await using var fixture = await ManagerFixture.StartAsync();

        var result = await fixture.Manager.TestAsync(ManagerFixture.Config("plant") with { ShareGroup = group, Topics = [new TopicFilterConfig(filter)] }, Token);

        var topic = Assert.Single(result.Topics);
        Assert.Equal(shown, topic.Filter);
        Assert.Matches($"^{subscribed.Replace("$", "\\$", StringComparison.Ordinal)}$", topic.Reason);
    }

    [Fact]
    public async Task A_test_that_gets_no_answer_says_so_in_time()
    {
        await using var fixture = await ManagerFixture.StartAsync(
            limits: ManagerFixture.Limits with { TestTimeout = TimeSpan.FromSeconds(1) }, command: FakeWorker.Command(FakeWorker.Mute));

        var result = await fixture.Manager.TestAsync(ManagerFixture.Config("plant"), Token);

        Assert.False(result.Success);
        Assert.Contains("no answer within 1 s", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_come_from_all_workers_newest_first()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("one"), Token);
        await fixture.Manager.PutAsync(ManagerFixture.Config("two"), Token);
        await fixture.UntilConnectedAsync("one");
        await fixture.UntilConnectedAsync("two");

        Assert.Equal(["u", "u", "t/1"], (await fixture.Manager.MessagesAsync(new MessageQuery { Limit = 3 }, Token)).Select(message => message.Topic));
        Assert.Equal(["t/1"], (await fixture.Manager.MessagesAsync(new MessageQuery { Connection = "one", Match = "T/*", Limit = 10 }, Token)).Select(message => message.Topic));
        Assert.Empty(await fixture.Manager.MessagesAsync(new MessageQuery { Connection = "none", Limit = 10 }, Token));

        var messages = await fixture.Manager.MessagesAsync(new MessageQuery { Limit = 10 }, Token);
        Assert.Equal(4, messages.Select(message => message.Id).Distinct().Count());
        Assert.Equal(messages.Select(message => message.Id).OrderDescending(StringComparer.Ordinal), messages.Select(message => message.Id));
        Assert.Equal(messages, await fixture.Manager.MessagesAsync(new MessageQuery { Limit = 10 }, Token));
        Assert.Equal(["redis", "redis", "mqtt", "mqtt"], messages.Select(message => message.Source));
    }

    [Fact]
    public async Task What_was_read_of_a_message_log_is_not_asked_for_again_until_another_worker_runs()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("one"), Token);
        await fixture.UntilConnectedAsync("one");
        var query = new MessageQuery { Limit = 10, After = new MessageCursor() };

        Assert.Equal(["u", "t/1"], (await fixture.Manager.MessagesAsync(query, Token)).Select(message => message.Topic));
        Assert.Empty(await fixture.Manager.MessagesAsync(query, Token));
        var first = fixture.State("one").WorkerPid;
        await fixture.Manager.RestartAsync("one", Token);
        await fixture.UntilAsync("it is connected by another worker", () => fixture.State("one") is { Status: "connected", WorkerPid: { } now } && now != first, "one");

        Assert.Equal(["u", "t/1"], (await fixture.Manager.MessagesAsync(query, Token)).Select(message => message.Topic));
    }

    [Fact]
    public async Task No_secret_is_logged()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant", FakeWorker.Exit), Token);
        await fixture.UntilAsync("it was lost", () => fixture.State("plant").Restarts >= 1, "plant");

        fixture.Logger.ThrowIfLogged("horse");
    }

    private static BrokerConnectionConfig With(string member, Secret secret) => member switch
    {
        "password" => ManagerFixture.Config("plant") with { Password = secret },
        "signing secret" => ManagerFixture.Config("plant") with { SigningSecret = secret, Password = Secret.None },
        _ => ManagerFixture.Config("plant") with { VerifySecret = secret, Password = Secret.None },
    };

    private static string[] Secrets(ManagerFixture fixture, int part) => [.. fixture.State("plant").Notices.Where(notice => notice.Subject == $"secrets of {part}").Select(notice => notice.Text)];

    private static string[] Held(ManagerFixture fixture) => [.. fixture.State("plant").Notices.Where(notice => notice.Subject == "held").Select(notice => notice.Text)];

    private static async Task<string> HeldAsync(ManagerFixture fixture)
    {
        await fixture.UntilAsync("a worker says what it was told", () => Held(fixture).Length > 0, "plant");
        return Held(fixture)[0];
    }
}
