using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Monitor.Diagnosis;

/// <summary>Collects what a diagnosis is made from. Thread-safe.</summary>
internal sealed class Diagnostician(SignalStore signals, ViewerSlots viewers, BuiltInBrokerService builtInBroker, TimeProvider timeProvider)
{
    public DiagnosisFacts FactsOf(ConnectionSnapshot connection) => new(connection, SignalFindings.Of(signals, connection.Config), timeProvider.GetUtcNow())
    {
        BuiltInBrokerDown = connection.Config.Name == BuiltInBrokerService.ConnectionName ? WhyDown() : null,
        ViewersAreFull = viewers.Taken >= viewers.Maximum && viewers.Refused > 0,
    };

    private string? WhyDown()
    {
        if (builtInBroker.Server is not null)
            return null;
        if (!builtInBroker.Settings.Enabled)
            return "The built-in broker is switched off.";
        return builtInBroker.Reason.Length > 0 ? builtInBroker.Reason : "The built-in broker does not run yet.";
    }
}
