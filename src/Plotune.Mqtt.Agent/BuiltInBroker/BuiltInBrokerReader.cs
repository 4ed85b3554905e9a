using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>Reads <c>builtInBroker</c> of plugin.json and the body of <c>PUT /api/built-in-broker</c>. A member that is absent stays as it is.</summary>
internal static class BuiltInBrokerReader
{
    public static BuiltInBrokerSettings Read(JsonFields fields, BuiltInBrokerSettings stored)
    {
        var settings = stored with
        {
            Enabled = fields.Flag("enabled") ?? stored.Enabled,
            Port = fields.Number("port", 0, 65_535) ?? stored.Port,
            WebSocketPort = fields.Number("websocketPort", 0, 65_535) ?? stored.WebSocketPort,
            Bind = fields.Text("bind") is { } bind ? BrokerOptionsRules.ReadBind(bind, fields.NameOf("bind"), fields.Faults) : stored.Bind,
            UserName = fields.Text("username") ?? stored.UserName,
            Password = fields.Text("password") switch
            {
                null or Secret.Mask => stored.Password,
                "" => null,
                { } password => PasswordHash.Of(password, stored.Password),
            },
        };
        var names = new BrokerOptionNames(fields.NameOf("port"), fields.NameOf("websocketPort"), fields.NameOf("bind"), fields.NameOf("username"), fields.NameOf("password"));
        BrokerOptionsRules.Check(settings.ToOptions(), names, fields.Faults);
        return settings;
    }
}
