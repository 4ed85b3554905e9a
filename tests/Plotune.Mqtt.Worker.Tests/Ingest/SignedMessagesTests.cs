using System.Text;
using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Payloads.Signed;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Tests.Ingest;

/// <summary>What a worker with a secret to verify by takes for a message.</summary>
public sealed class SignedMessagesTests : IDisposable
{
    private const long Start = 1_766_000_000_000_000;

    /// <summary>Made by Python under the secret <c>s3cret</c>.</summary>
    private const string FromPython = """{"payload": "{\"value\":1.5,\"timestamp\":1766000000.5,\"unit\":\"\u00b0C\"}", "hmac": "b851b561d88dc6fe183361109c1e834d27be784bc82aaaaf30abec7f91863cbb", "algo": "sha256"}""";

    private readonly RecordingStream _pipe = new();
    private readonly IngestCounters _counters = new();
    private readonly MessageLog _log = new(100, 4096);
    private readonly List<WorkerNotice> _notices = [];
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddTicks(Start * 10));
    private readonly EnvelopeSigner _signer = new("s3cret");
    private readonly EnvelopeVerifier _verifier = new("s3cret");

    [Fact]
    public async Task Signed_messages_make_the_samples_that_unsigned_ones_make()
    {
        string[] payloads = ["""{"value":1.5,"timestamp":1766000000.5,"unit":"°C"}""", """{"x":true,"y":["on",null]}""", "23.5", "läuft", """{"x":null}""", ""];
        using var plainPipe = new RecordingStream();
        var plain = Create(pipe: plainPipe);
        var signed = Create(_verifier);

        foreach (var payload in payloads)
        {
            plain.OnPublish(Publishes.Create($"t/{payload.Length % 3}", payload, retained: payload.Length > 20));
            signed.OnPublish(Publishes.Create($"t/{payload.Length % 3}", Sign(payload), retained: payload.Length > 20));
        }

        await HandOverAsync(plain);
        await HandOverAsync(signed);

        Assert.Equal(ReadFrames.Describe(Assert.Single(plainPipe.Writes)), ReadFrames.Describe(Assert.Single(_pipe.Writes)));
        Assert.All(_counters.GetDecodeFailures(), failure => Assert.Equal(0, failure.Value));
    }

    [Fact]
    public async Task What_Python_signed_is_taken()
    {
        var handler = Create(_verifier);

        handler.OnPublish(Publishes.Create("a/b", FromPython));
        await HandOverAsync(handler);

        Assert.Equal(["define 0 a/b '' Number", "describe 0 °C -", "1766000000500000 0 = 1.5"], ReadFrames.Describe(Assert.Single(_pipe.Writes)));
    }

    public static TheoryData<string, string> Refused => new(
        ("", "not_signed"),
        ("23.5", "not_signed"),
        ("""{"value":1}""", "not_signed"),
        ("""{"payload":"1","hmac":"00"}""", "not_signed"),
        ("""{"payload":"1","hmac":"00","algo":"md5"}""", "unknown_algorithm"),
        ("""{"payload":"1","hmac":"00","algo":"sha256"}""", "bad_signature"));

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Others_are_counted_logged_with_their_reason_and_never_delivered(string payload, string reason)
    {
        var handler = Create(_verifier);
        handler.OnPublish(Publishes.Create("t", Sign("1")));

        handler.OnPublish(Publishes.Create("t", payload));
        handler.OnPublish(Publishes.Create("other", payload));
        await HandOverAsync(handler);

        Assert.Equal(["define 0 t '' Number", $"{Start} 0 = 1"], ReadFrames.Describe(Assert.Single(_pipe.Writes)));
        Assert.Equal([(reason, 2L)], _counters.GetDecodeFailures().Where(failure => failure.Value > 0).Select(failure => (failure.Key, failure.Value)));
        Assert.Equal((WorkerNoticeKinds.DecodeFailure, "t"), Assert.Single(_notices.Select(notice => (notice.Kind, notice.Subject))));
        var log = _log.Read();
        Assert.Equal([payload, payload, Encoding.UTF8.GetString(Sign("1"))], log.Select(message => message.Text));
        Assert.Equal([true, true, false], log.Select(message => message.Failure is { Length: > 0 } failure && _notices[0].Text.StartsWith(failure, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_episode_of_each_reason_is_noticed_once()
    {
        var handler = Create(_verifier);
        for (var i = 0; i < 3; i++)
        {
            foreach (var refused in Refused)
                handler.OnPublish(Publishes.Create("t", refused.Data.Item1));
            await HandOverAsync(handler);
            _time.Advance(TimeSpan.FromSeconds(30));
        }

        Assert.Equal(3, _notices.Select(notice => notice.Text).Distinct().Count());
        Assert.Equal(3, _notices.Count);
    }

    [Fact]
    public void Who_does_not_know_the_secret_uses_up_no_topics_and_no_signals()
    {
        var handler = Create(_verifier, new WorkerLimits { MaximumSignals = 2 });
        for (var i = 0; i < 100; i++)
            handler.OnPublish(Publishes.Create($"t/{i}", """{"a":1,"b":2}"""));

        handler.OnPublish(Publishes.Create("a", Sign("1")));
        handler.OnPublish(Publishes.Create("b", Sign("1")));

        Assert.Equal((100, 0), (_counters.GetDecodeFailures()["not_signed"], _counters.SignalsRefused));
        Assert.Equal("t/0", Assert.Single(_notices).Subject);
    }

    [Fact]
    public void What_is_signed_still_has_to_be_decodable()
    {
        var handler = Create(_verifier, new WorkerLimits { MaximumDepth = 1 });

        handler.OnPublish(Publishes.Create("t", Sign("[[1]]")));

        Assert.Equal(1, _counters.GetDecodeFailures()["too_deep"]);
    }

    [Fact]
    public void A_signed_message_of_a_known_shape_costs_no_allocation()
    {
        var handler = Create(_verifier, pipe: new RecordingStream(keeps: false));
        InboundPublish[] publishes =
        [
            .. Enumerable.Range(0, 100).Select(i => Publishes.Create($"plotune/bench/t{i:0000}", Sign($$"""{"value": {{i}}.45, "timestamp": 1766000000.123}"""))),
            .. Enumerable.Range(0, 10).Select(i => Publishes.Create($"plotune/text/t{i:0000}", "not signed")),
        ];
        Run(10_000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Run(100_000);

        // The cryptographic library allocates once in a while, not per message.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                if (!handler.OnPublish(in publishes[i % publishes.Length]))
                    HandOverAtOnce(handler);
            }

            HandOverAtOnce(handler);
        }
    }

    public void Dispose()
    {
        _verifier.Dispose();
        _pipe.Dispose();
    }

    private static async Task HandOverAsync(IngestHandler handler) => await handler.HandOverAsync(TestContext.Current.CancellationToken);

    private static void HandOverAtOnce(IngestHandler handler) => Assert.True(handler.HandOverAsync(default).AsTask().IsCompletedSuccessfully);

    private byte[] Sign(string payload)
    {
        Assert.True(_signer.TryWrap(Encoding.UTF8.GetBytes(payload), out var envelope));
        return envelope;
    }

    private IngestHandler Create(EnvelopeVerifier? verifier = null, WorkerLimits? limits = null, RecordingStream? pipe = null) =>
        new(limits ?? new WorkerLimits(), new AgentPipe(new FrameWriter(pipe ?? _pipe), new WorkerLifetime()), _log, _counters, _notices.Add, _time, verifier: verifier);
}
