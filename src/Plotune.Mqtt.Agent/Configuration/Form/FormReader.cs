using System.Text;
using System.Text.Json;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>
/// Turns a submitted form into a <see cref="FormAction"/>. Without a stored connection chosen the form describes the connection
/// <c>{host}:{port}</c>: it is made, or gets the new filters and values. With one chosen, fields left as the form showed them keep what is stored.
/// </summary>
/// <param name="find">Finds a stored connection by its name.</param>
/// <param name="offer">What the form showed.</param>
/// <param name="now">See <see cref="ProducerStamp"/>.</param>
internal sealed class FormReader(Func<string, BrokerConnectionConfig?> find, FormOffer offer, DateTimeOffset now)
{
    /// <summary>The choice that stands for no stored connection.</summary>
    public const string NewConnection = "New connection";

    private const long MaximumSessionExpirySeconds = uint.MaxValue;

    /// <returns>Null if there is any fault: nothing is to be applied then.</returns>
    public FormAction? Read(JsonElement form, FaultList faults)
    {
        var before = faults.Count;
        var values = new FormValues(form, faults);
        var chosen = ReadChosen(values, faults);
        if (values.Flag(FormKeys.Remove) == true)
        {
            if (chosen is null && !faults.Has(FormKeys.Connection)) faults.Add(FormKeys.Connection, "choose the stored connection to remove");
            return faults.Count == before ? new FormAction.Remove(chosen!.Name) : null;
        }

        var config = chosen is null ? ReadByAddress(values, faults) : ReadChange(values, chosen, faults);
        return faults.Count == before && config is not null ? new FormAction.Save(config) : null;
    }

    private BrokerConnectionConfig? ReadChosen(FormValues values, FaultList faults)
    {
        if (values.Text(FormKeys.Connection) is not { Length: > 0 } name || name == NewConnection) return null;
        var stored = find(name);
        if (stored is null) faults.Add(FormKeys.Connection, $"there is no connection named '{name}'");
        return stored;
    }

    private BrokerConnectionConfig ReadByAddress(FormValues values, FaultList faults)
    {
        var address = FormAddress.Read(values, faults, offer.Host);
        var stored = find(address.Name);
        // A connection of this name may have been led elsewhere since.
        var config = stored is null ? NewConfig(address) : stored with { Host = address.Host, Port = address.Port };
        if (address.NamesTransport || config.Transport == BrokerTransport.Unix) config = config with { Transport = address.Transport };
        config = WithValues(config, values, address.Uri, keepOffered: false, faults);
        var qos = values.QualityOfService(FormKeys.QualityOfService) ?? offer.QualityOfService;
        List<TopicFilterConfig> topics = [.. stored?.Topics ?? []];
        foreach (var topic in ReadTopics(values, address.Uri, qos, keepOffered: false, faults)) TopicListText.Merge(topics, topic);
        return Complete(config with { Topics = [.. topics] }, values, faults);
    }

    private static BrokerConnectionConfig Complete(BrokerConnectionConfig config, FormValues values, FaultList faults)
    {
        if (config.Topics.Count > TopicFilterConfig.MaximumCount) faults.Add(FormKeys.Topics, $"the connection would have more than {TopicFilterConfig.MaximumCount} filters");
        foreach (var topic in config.Topics)
        {
            var field = values.List(FormKeys.Topics)?.Contains(topic.Filter, StringComparison.Ordinal) == true ? FormKeys.Topics : FormKeys.Topic;
            foreach (var (_, message) in SharingRules.FaultsOf(topic, config.ShareGroup, config.Workers)) faults.Add(field, $"'{topic.Filter}' {message}");
        }

        if (config.Topics.Count == 0 && !config.Producer && !faults.Has(FormKeys.Topic) && !faults.Has(FormKeys.Topics))
        {
            faults.Add(FormKeys.Topic, "name at least one topic filter, such as plotune/#");
        }

        var producer = values.Flag(FormKeys.Producer) ?? false;
        return producer ? config with { ProducerTopic = ReadProducerTopic(values, config, faults) } : config;
    }

    private BrokerConnectionConfig ReadChange(FormValues values, BrokerConnectionConfig stored, FaultList faults)
    {
        var address = FormAddress.ReadChange(values, offer, stored, faults);
        var config = stored with { Host = address.Host, Port = address.Port, Transport = address.Transport };
        config = WithValues(config, values, address.Uri, keepOffered: true, faults);
        return Complete(config with { Topics = ReadChangedTopics(values, address.Uri, stored, faults) }, values, faults);
    }

    private ValueList<TopicFilterConfig> ReadChangedTopics(FormValues values, BrokerUri? uri, BrokerConnectionConfig stored, FaultList faults)
    {
        var qos = Given(values.QualityOfService(FormKeys.QualityOfService), offer.QualityOfService, true);
        if (offer.Connection == stored.Name) return [.. ReadShownTopics(values, uri, stored, qos, faults)];
        var typed = ReadTopics(values, uri, qos ?? offer.QualityOfService, keepOffered: true, faults);
        if (typed.Count > 0) return [.. typed.Select(topic => WithOptions(topic, stored))];
        return qos is { } changed ? [.. stored.Topics.Select(topic => topic with { QualityOfService = changed })] : stored.Topics;
    }

    /// <summary>
    /// The form showed the whole list, so what comes back is the whole list. A field that comes back as it was shown means what is stored: a filter may hold
    /// what parts the entries of a text, and has options that no text can say.
    /// </summary>
    private List<TopicFilterConfig> ReadShownTopics(FormValues values, BrokerUri? uri, BrokerConnectionConfig stored, QualityOfService? qos, FaultList faults)
    {
        var topics = new List<TopicFilterConfig>();
        if (uri?.TopicFilter is { } filter) TopicListText.Merge(topics, WithOptions(new TopicFilterConfig(filter, qos ?? offer.QualityOfService), stored));
        Add(FormKeys.Topic, offer.Topic, stored.Topics.Take(1).Select(first => qos is { } changed ? first with { QualityOfService = changed } : first));
        Add(FormKeys.Topics, offer.Topics, stored.Topics.Skip(1));
        return topics;

        void Add(string key, string offered, IEnumerable<TopicFilterConfig> shown)
        {
            var text = values.List(key);
            var entries = text is null || text == offered.Trim() ? shown : TopicListText.Parse(text, qos ?? offer.QualityOfService, key, faults).Select(topic => WithOptions(topic, stored));
            foreach (var topic in entries) TopicListText.Merge(topics, topic);
        }
    }

    private static TopicFilterConfig WithOptions(TopicFilterConfig topic, BrokerConnectionConfig stored) =>
        stored.Topics.FirstOrDefault(known => known.Filter == topic.Filter) is { } same ? same with { QualityOfService = topic.QualityOfService } : topic;

    private BrokerConnectionConfig NewConfig(FormAddress address) => new()
    {
        Name = address.Name,
        Host = address.Host,
        Port = address.Port,
        Transport = address.Transport,
        KeepAlive = offer.KeepAlive,
        CleanSession = offer.CleanSession,
        SessionExpiry = offer.SessionExpiry,
        Protocol = offer.Protocol,
        ProducerQos = offer.QualityOfService,
    };

    /// <summary>Empty user name, password and client identifier keep what is stored: the form is never sent back a password, and blanks are no orders.</summary>
    private BrokerConnectionConfig WithValues(BrokerConnectionConfig config, FormValues values, BrokerUri? uri, bool keepOffered, FaultList faults)
    {
        var producer = Given(values.Flag(FormKeys.Producer), offer.Producer, keepOffered);
        var password = values.RawText(FormKeys.Password) is { Length: > 0 } typed && typed != Secret.Mask ? typed : uri?.Password;
        config = new FormSecurity(values, offer, isChange: keepOffered, faults).Apply(config, uri);
        return config with
        {
            KeepAlive = Given(values.Seconds(FormKeys.KeepAlive, 65_535), offer.KeepAlive, keepOffered) ?? config.KeepAlive,
            CleanSession = Given(values.Flag(FormKeys.CleanSession), offer.CleanSession, keepOffered) ?? config.CleanSession,
            SessionExpiry = Given(values.Seconds(FormKeys.SessionExpiry, MaximumSessionExpirySeconds), offer.SessionExpiry, keepOffered) ?? config.SessionExpiry,
            Protocol = Given(values.Choice(FormKeys.Protocol, ProtocolText.Choices), offer.Protocol, keepOffered) ?? config.Protocol,
            Producer = producer ?? config.Producer,
            ProducerSince = producer is { } set ? (set ? now : null) : config.ProducerSince,
            ProducerQos = Given(values.QualityOfService(FormKeys.QualityOfService), offer.QualityOfService, keepOffered) ?? config.ProducerQos,
            UserName = Filled(FormKeys.UserName, values, offer.UserName, keepOffered, faults) ?? NonEmpty(uri?.UserName) ?? config.UserName,
            ClientId = Filled(FormKeys.ClientId, values, offer.ClientId, keepOffered, faults) ?? config.ClientId,
            Password = string.IsNullOrEmpty(password) ? config.Password : Secret.From(Checked(FormKeys.Password, password, faults)),
        };
    }

    private List<TopicFilterConfig> ReadTopics(FormValues values, BrokerUri? uri, QualityOfService qos, bool keepOffered, FaultList faults)
    {
        var topics = new List<TopicFilterConfig>();
        if (uri?.TopicFilter is { } filter) TopicListText.Merge(topics, new TopicFilterConfig(filter, qos));
        AddTopics(FormKeys.Topic, offer.Topic);
        AddTopics(FormKeys.Topics, offer.Topics);
        return topics;

        void AddTopics(string key, string offered)
        {
            if (values.List(key) is not { Length: > 0 } text || (keepOffered && text == offered)) return;
            foreach (var topic in TopicListText.Parse(text, qos, key, faults)) TopicListText.Merge(topics, topic);
        }
    }

    /// <summary>Variables are published below the first topic that was typed, as far as it has no wildcards; one that is nothing but wildcards says nothing.</summary>
    private static string ReadProducerTopic(FormValues values, BrokerConnectionConfig config, FaultList faults)
    {
        if (values.List(FormKeys.Topic) is not { } list || faults.Has(FormKeys.Topic) || TopicListText.First(list) is not { } text) return config.ProducerTopic;
        var name = ProducerTopics.BaseOf(text);
        if (name.Length == 0) return config.ProducerTopic;
        if (ProducerTopics.Error(name) is not { } error) return name;
        faults.Add(FormKeys.Topic, $"A producer publishes below this topic, so '{text}' cannot be used. {error}");
        return config.ProducerTopic;
    }

    private static T? Given<T>(T? value, T offered, bool keepOffered) where T : struct =>
        keepOffered && value is { } given && EqualityComparer<T>.Default.Equals(given, offered) ? null : value;

    private static string? Filled(string key, FormValues values, string offered, bool keepOffered, FaultList faults)
    {
        if (values.Text(key) is not { Length: > 0 } text || (keepOffered && text == offered)) return null;
        return Checked(key, text, faults);
    }

    // MQTT strings and binary data hold at most 65,535 bytes [MQTT-1.5.4].
    private static string Checked(string key, string text, FaultList faults)
    {
        if (Encoding.UTF8.GetByteCount(text) > 65_535) faults.Add(key, "is longer than 65,535 bytes");
        return text;
    }

    private static string? NonEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
