using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>
/// Where a submitted form leads: the address, the port field, the SSL box and the choice of a transport put together. SSL turns a plain transport into
/// its encrypted one. A port counts if the address holds it; the port field counts unless it holds the untouched 1883 of plain MQTT, which then stands
/// for the usual port of whatever transport was chosen.
/// </summary>
internal sealed record FormAddress(string Host, int Port, BrokerTransport Transport)
{
    /// <summary>What the address holds besides; null if none was typed.</summary>
    public BrokerUri? Uri { get; private init; }

    /// <summary>Anything was said about the transport.</summary>
    public bool NamesTransport { get; private init; }

    /// <summary>The name of the connection made from this address.</summary>
    public string Name => new BrokerAddress(Host, Port).ToString();

    /// <summary>The address of the connection that the form describes by itself.</summary>
    public static FormAddress Read(FormValues values, FaultList faults, string fallbackHost)
    {
        var typed = ReadHost(values.Text(FormKeys.Host), faults);
        var port = (int?)values.Whole(FormKeys.Port, 1, 65_535);
        var choice = ReadChoice(values);
        var tls = values.Flag(FormKeys.Tls);
        var transport = TransportOf(typed, choice, tls, BrokerTransport.Tcp, faults);
        var isUntouched = port is null or BrokerAddress.DefaultPort;
        if (typed is { NamesPort: true })
        {
            if (!isUntouched && port != typed.Uri.Address.Port) faults.Add(FormKeys.Port, $"says {port}, but the address says {typed.Uri.Address.Port}");
            port = typed.Uri.Address.Port;
        }

        return new FormAddress(typed?.Uri.Address.Host ?? fallbackHost, isUntouched && typed is not { NamesPort: true } ? BrokerUri.DefaultPortOf(transport) : port!.Value, transport)
        {
            Uri = typed?.Uri,
            NamesTransport = choice is not null || tls is not null || typed is { NamesTransport: true },
        };
    }

    /// <summary>The address of a stored connection as it was changed; what the form had shown and got back stays.</summary>
    public static FormAddress ReadChange(FormValues values, FormOffer offer, BrokerConnectionConfig stored, FaultList faults)
    {
        var host = values.Text(FormKeys.Host);
        var typed = string.IsNullOrEmpty(host) || host == offer.Host ? null : ReadHost(host, faults);
        var port = (int?)values.Whole(FormKeys.Port, 1, 65_535);
        if (port == offer.Port) port = null;
        var choice = ReadChoice(values);
        if (choice == offer.Transport) choice = null;
        bool? tls = values.Flag(FormKeys.Tls) is { } flag && flag != (offer.Transport is { } offered && Transports.HasTls(offered)) ? flag : null;
        // A host without a scheme in the place of a socket's path leaves nothing of the socket.
        var otherwise = stored.Transport == BrokerTransport.Unix && typed is not null ? BrokerTransport.Tcp : stored.Transport;
        var transport = TransportOf(typed, choice, tls, otherwise, faults);
        if (typed is { NamesPort: true } && port is { } said && said != typed.Uri.Address.Port) faults.Add(FormKeys.Port, $"says {said}, but the address says {typed.Uri.Address.Port}");
        var kept = stored.Port == BrokerUri.DefaultPortOf(stored.Transport) ? BrokerUri.DefaultPortOf(transport) : stored.Port;
        return new FormAddress(typed?.Uri.Address.Host ?? stored.Host, typed is { NamesPort: true } ? typed.Uri.Address.Port : port ?? kept, transport)
        {
            Uri = typed?.Uri,
            NamesTransport = true,
        };
    }

    private static TypedAddress? ReadHost(string? text, FaultList faults)
    {
        if (faults.Has(FormKeys.Host)) return null;
        if (TypedAddress.Parse(text, out var error) is { } typed) return typed;
        faults.Add(FormKeys.Host, error);
        return null;
    }

    private static BrokerTransport? ReadChoice(FormValues values) =>
        values.Text(FormKeys.Transport) == FormText.TransportOfAddress ? null : values.Choice<BrokerTransport>(FormKeys.Transport, FormText.Transports);

    private static BrokerTransport TransportOf(TypedAddress? typed, BrokerTransport? choice, bool? tls, BrokerTransport otherwise, FaultList faults)
    {
        if (choice is { } chosen)
        {
            if (typed is { NamesTransport: true } && typed.Uri.Transport != chosen) faults.Add(FormKeys.Transport, $"says {Transports.NameOf(chosen)}, but the address says {Transports.NameOf(typed.Uri.Transport)}");
            else if (tls == true && !Transports.HasTls(chosen)) faults.Add(FormKeys.Transport, $"says {Transports.NameOf(chosen)}, which is not encrypted, but SSL is on");
            return chosen;
        }

        if (typed is { NamesTransport: true }) return tls == true ? Transports.WithTls(typed.Uri.Transport) : typed.Uri.Transport;
        return tls switch
        {
            true => Transports.WithTls(otherwise),
            false => Transports.WithoutTls(otherwise),
            null => otherwise,
        };
    }
}
