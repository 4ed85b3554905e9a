using System.CommandLine;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker;
using Serilog.Extensions.Logging;

namespace Plotune.Mqtt.Agent.Probe;

/// <summary>The sub-command <c>probe</c>: one connection to a broker, looked at from close by.</summary>
internal sealed class ProbeCommand : Command
{
    private const string Text = """
        Connects to a broker once and prints what happens, one line of JSON per event, until the connection ends or Ctrl+C.

        Does, in this order: connect, subscribe, unsubscribe, publish. Events: connected, suback, unsuback, message, published, disconnected.

        Examples:
          plotune_mqtt_extension probe 10.0.0.7 --subscribe plant/#:1
          plotune_mqtt_extension probe mqtt://user@host:1884 --protocol 3.1.1 --publish plant/lamp:1:on
          plotune_mqtt_extension probe wss://host/mqtt --header 'X-Plant: 7' --proxy http://user@proxy:8080

        Other users of this computer can read a command line. Secrets are better in a file (--password-file, --proxy-password-file, --header-file) or the environment:
          PLOTUNE_MQTT_PASSWORD         password, if neither the address nor a file has it
          PLOTUNE_MQTT_PROXY_PASSWORD   the same for --proxy
          PLOTUNE_MQTT_KEY_PASSWORD     password of --key or of a PFX file

        Exit codes:
          0 told to stop                    1 unexpected failure   2 bad command line (every fault is listed)
          3 no CONNACK came                 4 refused by CONNACK   5 ended by the broker, by DISCONNECT or by closing
          6 the broker broke the protocol   7 ended by this side: an answer did not come in time, or nobody reads the output
        """;

    private readonly ProbeOptions _options = new();

    public ProbeCommand()
        : base("probe", Text)
    {
        _options.AddTo(this);
        SetAction(RunAsync);
    }

    /// <summary>Adds the faults of the options that can be read.</summary>
    public void Check(ParseResult result, FaultList faults) => _options.Read(result, Environment.GetEnvironmentVariable, faults);

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var faults = new FaultList();
        var settings = _options.Read(result, Environment.GetEnvironmentVariable, faults);
        if (settings is null)
        {
            foreach (var fault in faults) Console.Error.WriteLine(fault);
            return ProbeExitCode.BadCommandLine;
        }

        using var stop = StopSignals.Listen(cancellationToken);
        await using var output = OpenOutput();
        await using var log = LoggingSetup.CreateForWorker();
        using var loggers = new SerilogLoggerFactory(log);
        return await ProbeRunner.RunAsync(settings, output, loggers.CreateLogger(typeof(BrokerConnection).FullName!), stop.Token);
    }

    // Only a stream of its own tells that a pipe's reader is gone, but it would not move the place in a file that others write to as well.
    private static Stream OpenOutput()
    {
        var stream = StandardStreams.OpenOutput();
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }
}
