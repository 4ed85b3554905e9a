using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Plotune.Mqtt.Agent.Tests;

public sealed class LogEventTests
{
    [Fact]
    public void No_two_log_messages_share_an_event_id()
    {
        Assembly[] assemblies = [typeof(Client.BrokerConnection).Assembly, typeof(Worker.WorkerHost).Assembly, typeof(Agent.Signals.SignalStore).Assembly];
        var events = assemblies
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(method => (Name: $"{method.DeclaringType}.{method.Name}", method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId))
            .Where(message => message.EventId is not null)
            .ToList();

        Assert.True(events.Count > 50, "The messages were not found.");
        Assert.Empty(events.GroupBy(message => message.EventId).Where(group => group.Count() > 1).SelectMany(group => group.Select(message => message.Name)));
    }
}
