using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>What has become of the built-in broker by a submitted form, for the person who submitted it.</summary>
internal static class BuiltInBrokerText
{
    /// <param name="wasRunning">Before it was submitted.</param>
    public static string Of(BuiltInBrokerService broker, bool wasRunning, FormSubmission submission)
    {
        var sentences = new List<string>();
        if (broker.Server is { } server)
        {
            sentences.Add($"The built-in broker listens on {server.Address}{(server.WebSocketAddress is { } address ? $" and {address}" : "")}.");
            sentences.Add(broker.Reason.Length > 0 ? broker.Reason : broker.LeftByUser ?? $"The connection {BuiltInBrokerService.ConnectionName} shows its signals.");
            if (wasRunning) sentences.Add("It was started anew: its retained messages and sessions are gone.");
        }
        else if (broker.Settings.Enabled)
        {
            sentences.Add($"But the built-in broker does not run. {broker.Reason}");
        }
        else
        {
            sentences.Add(wasRunning
                ? $"The built-in broker is off; its retained messages and sessions are gone. The connection {BuiltInBrokerService.ConnectionName} stays, disabled, with the signals it has shown."
                : "The built-in broker is off.");
        }

        if (submission.Unmade is { } name) sentences.Add($"No connection {name} was made: it would show every signal of this broker a second time.");
        else if (submission.Connection is null) sentences.Add("No other connection was made or changed, because nothing else was changed in the form.");
        return string.Join(' ', sentences);
    }
}
