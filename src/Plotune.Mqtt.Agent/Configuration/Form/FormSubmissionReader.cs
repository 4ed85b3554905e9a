using System.Text.Json;
using Plotune.Mqtt.Agent.BuiltInBroker;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>
/// Reads a submitted form whole. A form always describes a connection, if only because its fields hold the defaults; whoever only switches the built-in broker
/// does not want one to 127.0.0.1:1883 besides. So a form in which nothing but the broker was changed is about the broker alone, and an address that leads to
/// the broker means the connection the agent has to it.
/// </summary>
/// <param name="find">Finds a stored connection by its name.</param>
/// <param name="offer">What the form showed of a connection.</param>
/// <param name="stored">What the form showed of the broker.</param>
/// <param name="leadsToBroker">Whether a connection leads to the broker as it runs.</param>
/// <param name="now">See <see cref="ProducerStamp"/>.</param>
internal sealed class FormSubmissionReader(
    Func<string, BrokerConnectionConfig?> find, FormOffer offer, BuiltInBrokerSettings stored, Func<BrokerConnectionConfig, bool> leadsToBroker, DateTimeOffset now)
{
    /// <returns>Null if there is any fault: nothing is to be applied then.</returns>
    public FormSubmission? Read(JsonElement form, FaultList faults)
    {
        var values = new FormValues(form, faults);
        var broker = FormBroker.Read(values, stored, faults);
        var changed = broker == stored ? null : broker;
        if (IsAboutBrokerAlone(values, broker)) return faults.Count == 0 ? new FormSubmission(null, changed) : null;
        var action = new FormReader(find, offer, now).Read(form, faults);
        if (action is null || faults.Count > 0) return null;
        if (changed is null) return new FormSubmission(action is FormAction.Save save ? Redirect(save) : action, null);
        return action is FormAction.Save { Config: var config } && IsNew(config) && broker.Enabled && LeadsTo(broker, config)
            ? new FormSubmission(null, broker, config.Name)
            : new FormSubmission(action, broker);
    }

    private bool IsAboutBrokerAlone(FormValues values, BuiltInBrokerSettings broker)
    {
        if (values.Flag(FormKeys.Remove) == true) return false;
        if (values.HasAny(FormKeys.OfBroker) && !values.HasAny(FormKeys.OfConnection)) return true;
        var isChanged = broker != stored;
        // An emptied host says that no connection is wanted, unless it is that of a stored one.
        var isHostEmptied = values.Text(FormKeys.Host) == "" && values.Text(FormKeys.Connection) is null or "" or FormReader.NewConnection;
        return (isHostEmptied && (isChanged || broker.Enabled)) || (isChanged && IsAsShown(values));
    }

    /// <summary>Everything that describes a connection came back as it was shown, or not at all.</summary>
    private bool IsAsShown(FormValues values)
    {
        var shown = new FormBuilder(offer, [], stored, "").Build().Fields;
        return FormKeys.OfConnection.All(key => key == FormKeys.QualityOfService
            ? (values.QualityOfService(key) ?? offer.QualityOfService) == offer.QualityOfService
            : IsDefault(values, key, shown[key]));
    }

    private static bool IsDefault(FormValues values, string key, FormField field) => field.Type == "checkbox"
        ? values.Flag(key) is not { } flag || flag == field.Default!.GetValue<bool>()
        : values.List(key) is not { } text || text == field.Default!.GetValue<string>();

    /// <summary>The connection to the broker that the agent has by itself, with what was typed; its address and its login are the agent's business.</summary>
    private FormAction.Save Redirect(FormAction.Save save)
    {
        var typed = save.Config;
        if (!IsNew(typed) || !leadsToBroker(typed) || find(BuiltInBrokerService.ConnectionName) is not { } own) return save;
        List<TopicFilterConfig> topics = [.. own.Topics];
        foreach (var topic in typed.Topics.Where(topic => !IsCovered(topic.Filter, own.Topics))) TopicListText.Merge(topics, topic);
        return new FormAction.Save(own with
        {
            KeepAlive = typed.KeepAlive,
            CleanSession = typed.CleanSession,
            SessionExpiry = typed.SessionExpiry,
            Protocol = typed.Protocol,
            Producer = typed.Producer,
            ProducerSince = typed.ProducerSince,
            ProducerTopic = typed.ProducerTopic,
            ProducerQos = typed.ProducerQos,
            ClientId = typed.ClientId.Length > 0 ? typed.ClientId : own.ClientId,
            Topics = [.. topics],
        });
    }

    private bool IsNew(BrokerConnectionConfig config) => find(config.Name) is null;

    /// <summary>Whether a connection will lead to the broker once it has these settings.</summary>
    private static bool LeadsTo(BuiltInBrokerSettings broker, BrokerConnectionConfig config) =>
        BrokerAddresses.LeadsTo(broker.Bind, broker.Port, broker.WebSocketPort == 0 ? null : broker.WebSocketPort, config);

    private static bool IsCovered(string filter, ValueList<TopicFilterConfig> topics) => filter[0] != '$' && topics.Any(topic => topic.Filter == "#");
}
