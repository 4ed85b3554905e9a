using System.CommandLine;
using System.Net;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Client;
using Serilog.Extensions.Logging;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>The sub-command <c>broker</c>: the built-in broker as a process of its own.</summary>
internal static class BrokerCommand
{
    public const string PasswordVariable = "PLOTUNE_MQTT_BROKER_PASSWORD";

    private const int MaximumClients = 10_000;

    private static readonly BrokerOptionNames Names = new("--port", "--websocket-port", "--bind", "--username", PasswordVariable);

    private static readonly Option<int> Port = new("--port")
    {
        Description = "TCP port to listen on; 0 lets the system choose.",
        HelpName = "n",
        DefaultValueFactory = _ => BrokerAddress.DefaultPort,
    };

    private static readonly Option<int?> WebSocketPort = new("--websocket-port") { Description = "Port for MQTT over WebSocket, path /mqtt; none without it.", HelpName = "n" };

    private static readonly Option<string?> Bind = new("--bind")
    {
        Description = $"IP address to listen at instead of 127.0.0.1; needs a password ({PasswordVariable}) if other computers can reach it.",
        HelpName = "address",
    };

    private static readonly Option<string?> UserName = new("--username") { Description = $"User name asked for, together with {PasswordVariable}; any if not given.", HelpName = "name" };

    private static readonly Option<int> Clients = new("--max-clients")
    {
        Description = "Clients connected at a time.",
        HelpName = "n",
        DefaultValueFactory = _ => new BrokerLimits().Clients,
    };

    public static Command Create()
    {
        var command = new Command("broker", $"""
            Runs an MQTT broker on this computer until it is stopped, for devices that have none.

            It keeps everything in memory and is no broker for a plant. {PasswordVariable} holds the password clients must send, if any.
            """)
        {
            Port, WebSocketPort, Bind, UserName, Clients,
        };
        command.SetAction((result, cancellationToken) => RunAsync(result, cancellationToken));
        return command;
    }

    internal static BrokerOptions Read(ParseResult result, Func<string, string?> environment, FaultList faults)
    {
        var clients = result.GetValue(Clients);
        if (clients is < 1 or > MaximumClients) faults.Add("--max-clients", $"must be from 1 to {MaximumClients}");
        var options = new BrokerOptions
        {
            Port = result.GetValue(Port),
            WebSocketPort = result.GetValue(WebSocketPort),
            Bind = BrokerOptionsRules.ReadBind(result.GetValue(Bind), "--bind", faults),
            UserName = result.GetValue(UserName) ?? "",
            Password = environment(PasswordVariable) is { Length: > 0 } password ? PasswordHash.Of(password) : null,
            Limits = new BrokerLimits { Clients = clients, Sessions = Math.Max(2 * clients, 2) },
        };
        BrokerOptionsRules.Check(options, Names, faults);
        return options;
    }

    private static async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var faults = new FaultList();
        var options = Read(result, Environment.GetEnvironmentVariable, faults);
        var level = AgentSettingsReader.ReadLogLevel(Environment.GetEnvironmentVariable, faults);
        if (faults.Count > 0)
        {
            foreach (var fault in faults) Console.Error.WriteLine(fault);
            return ExitCode.BadConfiguration;
        }

        using var stop = StopSignals.Listen(cancellationToken);
        await using var logger = LoggingSetup.CreateForConsole(level ?? Serilog.Events.LogEventLevel.Information);
        using var loggerFactory = new SerilogLoggerFactory(logger);
        var counters = new BrokerCounters(TimeProvider.System, loggerFactory.CreateLogger<BrokerCounters>());
        try
        {
            await using var server = await BrokerServer.StartAsync(options, counters, TimeProvider.System, loggerFactory, stop.Token);
            SayHowToUseIt(server);
            await Task.Delay(Timeout.Infinite, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return ExitCode.Stopped;
        }
        catch (PortInUseException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return ExitCode.BadConfiguration;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return ExitCode.Stopped;
        }
    }

    private static void SayHowToUseIt(BrokerServer server)
    {
        var host = IPAddress.Any.Equals(server.Address.Address) || IPAddress.IPv6Any.Equals(server.Address.Address) ? Dns.GetHostName() : server.Address.Address.ToString();
        var credentials = server.Options.Password is null ? "" : $" -u {(server.Options.UserName.Length > 0 ? server.Options.UserName : "anybody")} -P ...";
        StandardOutput.Say(
            $"MQTT broker listens on {server.Address}{(server.WebSocketAddress is { } address ? $" and for WebSocket on {address}" : "")}",
            "Retained messages and sessions are kept in memory only. Ctrl+C stops it. Try:",
            $"  mosquitto_pub -h {host} -p {server.Address.Port}{credentials} -t hall/temperature -m 21.5");
    }
}
