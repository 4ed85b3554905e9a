using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Tests.Supervision;

/// <summary>
/// A worker process without MQTT: this test program, started again with <c>fake-worker</c>. What it does is named by the host of its settings; the port is a parameter.
/// </summary>
internal static class FakeWorker
{
    public const string Run = "run";
    public const string Exit = "exit";
    public const string ExitAtOnce = "exit-at-once";
    public const string Garbage = "garbage";
    public const string Mute = "mute";
    public const string WrongVersion = "wrong-version";
    public const string HalfFrame = "half-frame";
    public const string Flood = "flood";
    public const string Stubborn = "stubborn";
    public const string Undefined = "undefined";
    public const string Refused = "refused";
    public const string Holding = "holding";
    public const string Forgetful = "forgetful";
    public const string Lying = "lying";

    /// <summary>Receives many messages between two pings.</summary>
    public const string Busy = "busy";

    /// <summary>With <see cref="Holding"/>, the path at which no session can be ended.</summary>
    public const string Keeping = "/keeping";

    private const string Argument = "fake-worker";

    /// <summary>Starts it from the same files as the running tests.</summary>
    public static WorkerCommand Command(string script = Run)
    {
        var arguments = new List<string> { Argument, script };
        var executable = Environment.ProcessPath!;
        if (Path.GetFileNameWithoutExtension(executable) == "dotnet")
            arguments.Insert(0, typeof(FakeWorker).Assembly.Location);
        return new WorkerCommand(executable, arguments);
    }

#pragma warning disable CA2255 // The only way to take another role before the test platform's entry point reads the arguments.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void TakeRole()
    {
        var arguments = Environment.GetCommandLineArgs();
        var at = Array.IndexOf(arguments, Argument);
        if (at > 0)
            Environment.Exit(Play(arguments[at + 1]));
    }

    private static int Play(string script)
    {
        var output = Console.OpenStandardOutput();
        var writer = new FrameWriter(output);
        var reader = new FrameReader(Console.OpenStandardInput());
        switch (script)
        {
            case ExitAtOnce:
                Console.Error.WriteLine("cannot go on");
                return 9;
            case Mute:
                while (reader.TryRead(out _))
                {
                }

                return 0;
            case WrongVersion:
                writer.Write(FrameKind.Hello, new HelloFrame(999, 1).ToBody());
                break;
            default:
                writer.Write(FrameKind.Hello, HelloFrame.Own.ToBody());
                break;
        }

        var host = "";
        long received = 0;
        while (reader.TryRead(out var frame))
        {
            switch (frame.Kind)
            {
                case FrameKind.Ping:
                    writer.Write(FrameKind.Pong, frame.Body);
                    if (host == Busy)
                        writer.WriteJson(FrameKind.Counters, new WorkerCounters { Received = received += 100_000 }, WorkerJson.Default.WorkerCounters);
                    break;
                case FrameKind.Start:
                    var settings = JsonSerializer.Deserialize(frame.Body, WorkerJson.Default.WorkerSettings)!;
                    host = settings.Host;
                    if (Begin(script == Run ? settings.Host : script, settings, writer, output) is { } code)
                        return code;
                    break;
                case FrameKind.Subscribe:
                    var topics = JsonSerializer.Deserialize(frame.Body, WorkerJson.Default.WorkerTopicArray)!;
                    Notice(writer, "topics", string.Join(',', topics.Select(topic => topic.Filter)));
                    Hold(writer, topics);
                    break;
                case FrameKind.Pace:
                    Notice(writer, $"pace of {Environment.ProcessId}", PaceFrame.Read(frame.Body).Pause.TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
                    break;
                case FrameKind.Publish:
                    if (Publish(host, writer, PublishFrame.Read(frame.Body)) is { } end)
                        return end;
                    break;
                case FrameKind.MessagesRequest:
                    var request = MessagesRequestFrame.Read(frame.Body);
                    WorkerMessage[] log = [new WorkerMessage { Direction = WorkerMessage.In, Time = 1, Topic = "t/1", Text = "one" }, new WorkerMessage { Direction = WorkerMessage.Out, Source = PublishSource.Redis, Sequence = 1, Time = 2, Topic = "u", Text = "two" }];
                    writer.WriteJson(FrameKind.Messages, new WorkerMessages(request.RequestId, [.. log.Where(message => message.Sequence >= request.From)]), WorkerJson.Default.WorkerMessages);
                    break;
                case FrameKind.Shutdown:
                    return 0;
                default:
                    break;
            }
        }

        return 0;
    }

    private static int? Begin(string script, WorkerSettings settings, FrameWriter writer, Stream output)
    {
        if (settings.Mode == WorkerMode.EndSession)
        {
            var ends = settings is { CleanSession: true, SessionExpirySeconds: 0, Topics: [], Will: null } && settings.Path != Keeping;
            writer.WriteJson(FrameKind.TestResult, new WorkerTestResult { Success = ends, Stage = "connect", Reason = ends ? "" : "Nobody is there." }, WorkerJson.Default.WorkerTestResult);
            return 0;
        }

        if (settings.Mode == WorkerMode.Test)
        {
            writer.WriteJson(
                FrameKind.TestResult,
                new WorkerTestResult { Success = true, Stage = "done", Reason = $"as {settings.ClientId}", Topics = [.. settings.Topics.Select(topic => new WorkerTopicResult(topic.Filter, 1, topic.Filter))] },
                WorkerJson.Default.WorkerTestResult);
            return 0;
        }

        Status(writer, settings, script == Refused ? "failed" : "connected", script == Refused ? "Bad credentials." : "");
        Samples(writer, count: 5);
        writer.WriteJson(FrameKind.Counters, new WorkerCounters { Received = 5, Bytes = 50, Samples = 5, DecodeFailures = { ["not_text"] = 2 } }, WorkerJson.Default.WorkerCounters);
        Notice(writer, $"settings of {settings.Part} of {settings.Parts}", $"{settings.ClientId}: {string.Join(',', settings.Topics.Select(topic => topic.Filter))}{(settings.Will is null ? "" : " with a will")}");
        Notice(writer, $"secrets of {settings.Part}", $"{settings.SigningSecret}/{settings.VerifySecret}");
        Notice(writer, "environment", string.Join(',', Environment.GetEnvironmentVariables().Keys.Cast<string>()));
        switch (script)
        {
            case Exit:
                return 7;
            case Garbage:
                output.Write("this is no frame at all"u8);
                break;
            case Undefined:
                var samples = new SamplesWriter();
                samples.Append(1, retained: false, [new SignalSample(99, SignalValueKind.Number, 1)], default);
                writer.Write(FrameKind.Samples, samples.Body);
                break;
            case HalfFrame:
                // As much data as the pipe takes, then half a frame, then SIGKILL: all whole frames must arrive.
                Samples(writer, count: settings.Port);
                output.Write([200, 0, 0, 0, (byte)FrameKind.Samples, 0, 0, 0, 1, 2, 3]);
                Process.GetCurrentProcess().Kill();
                break;
            case Flood:
                for (var i = 0; i < 20_000; i++)
                    Console.Error.WriteLine($"line {i} {new string('x', i == 0 ? 100_000 : 50)}");
                Notice(writer, "flooded", "done");
                break;
            case Holding:
                Notice(writer, "held", string.Join(',', settings.HeldTopics.Select(held => held.Topic.Filter)));
                Hold(writer, settings.Topics);
                break;
            case Stubborn:
                Thread.Sleep(Timeout.Infinite);
                break;
            default:
                break;
        }

        return null;
    }

    /// <summary>Delivers everything, but for topics that begin with an exclamation mark; or delivers one message and crashes; or delivers what it was not given.</summary>
    private static int? Publish(string script, FrameWriter writer, IReadOnlyList<PublishRequest> requests)
    {
        foreach (var request in requests)
        {
            var isRefused = request.Topic.StartsWith('!');
            var report = isRefused ? new PublishReport(request.Id, "NotAuthorized", "The broker does not allow it.") : new PublishReport(script == Lying ? -1 : request.Id);
            writer.Write(FrameKind.Published, PublishReportFrame.ToBody([report]));
            if (script == Forgetful)
                return 3;
        }

        return null;
    }

    private static void Status(FrameWriter writer, WorkerSettings settings, string state, string reason) => writer.WriteJson(
        FrameKind.Status,
        new WorkerStatus { State = state, Since = 1, Reason = reason, Attempt = 1, Protocol = "5.0", ClientId = settings.ClientId },
        WorkerJson.Default.WorkerStatus);

    private static void Hold(FrameWriter writer, WorkerTopic[] topics) =>
        writer.WriteJson(FrameKind.HeldTopics, [.. topics.Select(topic => new WorkerHeldTopic(topic, true))], WorkerJson.Default.WorkerHeldTopicArray);

    private static void Notice(FrameWriter writer, string subject, string text) =>
        writer.WriteJson(FrameKind.Notice, new WorkerNotice(WorkerNoticeKinds.DecodeFailure, subject, text), WorkerJson.Default.WorkerNotice);

    private static void Samples(FrameWriter writer, int count)
    {
        if (count == 5)
            writer.Write(FrameKind.SignalDefined, new SignalDefinitionFrame(0, "t", "", SignalValueKind.Number).ToBody());
        var samples = new SamplesWriter();
        for (var i = 0; i < count; i++)
            samples.Append(i, retained: false, [new SignalSample(0, SignalValueKind.Number, i)], default);
        writer.Write(FrameKind.Samples, samples.Body);
    }
}
