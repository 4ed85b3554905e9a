using Plotune.Mqtt.Agent.BuiltInBroker;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Reads the form's tab <em>Built-in broker</em>. A form that lacks its fields changes nothing of the broker.</summary>
internal static class FormBroker
{
    private static readonly BrokerOptionNames Names = new(FormKeys.BrokerPort, FormKeys.BrokerWebSocketPort, FormKeys.BrokerBind, FormKeys.BrokerUserName, FormKeys.BrokerPassword);

    /// <returns>Equal to what is stored if nothing was changed.</returns>
    public static BuiltInBrokerSettings Read(FormValues values, BuiltInBrokerSettings stored, FaultList faults)
    {
        var settings = stored with
        {
            Enabled = values.Flag(FormKeys.BrokerEnabled) ?? stored.Enabled,
            Port = ReadPort(FormKeys.BrokerPort) ?? stored.Port,
            WebSocketPort = ReadPort(FormKeys.BrokerWebSocketPort) ?? stored.WebSocketPort,
            Bind = values.Text(FormKeys.BrokerBind) is { } bind ? BrokerOptionsRules.ReadBind(bind, FormKeys.BrokerBind, faults) : stored.Bind,
            UserName = values.Text(FormKeys.BrokerUserName) ?? stored.UserName,
            Password = values.RawText(FormKeys.BrokerPassword) is { Length: > 0 } password && password != Secret.Mask ? PasswordHash.Of(password, stored.Password) : stored.Password,
        };
        BrokerOptionsRules.Check(settings.ToOptions(), Names, faults);
        return settings;

        int? ReadPort(string key) => (int?)values.Whole(key, 0, ushort.MaxValue);
    }
}
