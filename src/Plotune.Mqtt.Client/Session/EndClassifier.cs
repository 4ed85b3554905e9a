using System.Net.Sockets;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using Plotune.Mqtt.Client.Transport;

namespace Plotune.Mqtt.Client.Session;

/// <summary>Finds the real reason a connection ended for, the first cause before its consequences.</summary>
internal static class EndClassifier
{
    /// <summary>CONNACK refused us.</summary>
    public static ConnectionEnd Refused(MqttClientConnectResult result, MqttProtocolVersion version, BrokerAddress address)
    {
        // For 3.1.1 MQTTnet translates the return codes into reason codes of the same meaning.
        var code = (byte)result.ResultCode;
        var reason = ReasonCodes.ConnAck(code);
        if (reason.Code is ReasonCodes.UseAnotherServer or ReasonCodes.ServerMoved)
            return Redirected(reason, result.ReasonString, result.ServerReference, address) with { Cause = ConnectionEndCause.Refused };
        var unsupported = reason.Name == nameof(LocalFault.UnsupportedProtocolVersion);
        var sentence = unsupported ? $"The broker does not speak MQTT {ProtocolChoice.Name(version)}. Choose another protocol version." : reason.Sentence;
        return new ConnectionEnd(reason, WithBrokersWords(sentence, result.ReasonString, result.ServerReference))
        {
            Cause = ConnectionEndCause.Refused,
            Hint = unsupported ? ProtocolHint.Unsupported : ProtocolHint.None,
        };
    }

    /// <summary>The connection ended, or never came to be.</summary>
    /// <param name="exception">What MQTTnet says about it; often only a consequence.</param>
    /// <param name="timedOut">What we waited for in vain, if a time limit of ours ended it.</param>
    public static ConnectionEnd Ended(SessionAdapter? adapter, BrokerAddress address, Exception? exception, LocalFault? timedOut)
    {
        var cause = CauseOf(adapter, address, timedOut);
        return Describe(adapter, address, exception, timedOut) with
        {
            Cause = cause,
            // Many brokers close without a word, and all do in 3.1.1.
            MayBeOfAMessage = cause == ConnectionEndCause.EndedByBroker
                && (adapter!.Disconnect is not { } disconnect || ReasonCodes.MayBeOfAMessage((byte)disconnect.ReasonCode)),
        };
    }

    private static ConnectionEndCause CauseOf(SessionAdapter? adapter, BrokerAddress address, LocalFault? timedOut)
    {
        // What speaks another protocol is no broker, and breaks no rule of this one.
        if (adapter is not null && ForeignEnd(adapter, address) is not null)
            return ConnectionEndCause.Unreachable;
        if (adapter?.LaneFault is MqttProtocolException || BreaksWebSocket(adapter?.Failure))
            return ConnectionEndCause.ProtocolViolation;
        if (adapter is null or { Stage: < ConnectionStage.Accepted })
            return ConnectionEndCause.Unreachable;
        return adapter.LaneFault switch
        {
            null => timedOut is not null && adapter.Disconnect is null ? ConnectionEndCause.EndedHere : ConnectionEndCause.EndedByBroker,
            MqttTimeoutException => ConnectionEndCause.EndedHere,
            // The stream ended inside a packet.
            MqttException => ConnectionEndCause.EndedByBroker,
            _ => ConnectionEndCause.EndedHere,
        };
    }

    private static bool BreaksWebSocket(Exception? exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is TransportException { End.Cause: ConnectionEndCause.ProtocolViolation })
                return true;
        }

        return false;
    }

    private static ConnectionEnd Describe(SessionAdapter? adapter, BrokerAddress address, Exception? exception, LocalFault? timedOut)
    {
        if (adapter?.LaneFault is { } fault)
            return ForeignEnd(adapter, address) ?? OfLane(fault, adapter.Stage);
        if (adapter?.Disconnect is { } disconnect)
            return OfDisconnect(disconnect, address);
        if (timedOut is { } awaited)
            return OfTimeout(awaited, adapter?.Phase, address);
        var connected = adapter is not null && adapter.Stage > ConnectionStage.Connect;
        if (adapter?.EndOfStream == true && adapter.Failure is null)
            return ForeignEnd(adapter, address) ?? OfEndOfStream(adapter, address);
        return OfException(adapter, adapter?.Failure ?? exception, address, connected);
    }

    private static ConnectionEnd? ForeignEnd(SessionAdapter adapter, BrokerAddress address) =>
        adapter.Stage == ConnectionStage.ConnAck ? ForeignAnswer.Recognise(adapter.FirstBytes, address) : null;

    private static ConnectionEnd OfLane(Exception fault, ConnectionStage stage) => fault switch
    {
        MqttProtocolException { ReasonCode: ReasonCodes.UnsupportedProtocolVersion } when stage == ConnectionStage.ConnAck =>
            new(LocalFault.UnsupportedProtocolVersion, fault.Message, ReasonClass.Final) { Hint = ProtocolHint.Unsupported },
        // Small brokers answer without a look at the version, in the format of 3.1.1.
        MqttProtocolException { ReasonCode: ReasonCodes.MalformedPacket } when stage == ConnectionStage.ConnAck =>
            Retry(LocalFault.ProtocolViolation, $"What answers is no MQTT broker, or one that breaks the protocol: {fault.Message}") with { Hint = ProtocolHint.Unreadable },
        MqttProtocolException when stage == ConnectionStage.ConnAck =>
            Retry(LocalFault.ProtocolViolation, $"What answers is no MQTT broker, or one that breaks the protocol: {fault.Message}"),
        MqttProtocolException => Retry(LocalFault.ProtocolViolation, $"The broker broke the protocol: {fault.Message}"),
        MqttTimeoutException => Retry(LocalFault.KeepAliveTimeout, fault.Message),
        MqttException => Retry(LocalFault.ConnectionCut, fault.Message),
        _ => Retry(LocalFault.HandOverFailed, $"Received messages could not be handed on: {fault.Message}"),
    };

    private static ConnectionEnd OfDisconnect(MQTTnet.Packets.MqttDisconnectPacket disconnect, BrokerAddress address)
    {
        var reason = ReasonCodes.Disconnect((byte)disconnect.ReasonCode);
        if (reason.Code is ReasonCodes.UseAnotherServer or ReasonCodes.ServerMoved)
            return Redirected(reason, disconnect.ReasonString, disconnect.ServerReference, address);
        return new ConnectionEnd(reason, WithBrokersWords(reason.Sentence, disconnect.ReasonString, disconnect.ServerReference));
    }

    private static ConnectionEnd Redirected(ReasonCode reason, string? reasonString, string? serverReference, BrokerAddress address)
    {
        var other = ServerReference.First(serverReference, address.Port);
        var sentence = (reason.Code, other) switch
        {
            (ReasonCodes.ServerMoved, not null) =>
                $"The broker at {address} has moved to {other}. Enter that address, or allow the connection to follow a redirection, which it does once.",
            (ReasonCodes.UseAnotherServer, not null) =>
                $"The broker at {address} asks to use {other} for now. It is asked again from time to time; enter that address to use the other one.",
            _ => WithBrokersWords(reason.Sentence, reasonString: null, serverReference),
        };
        return new ConnectionEnd(reason, WithBrokersWords(sentence, reasonString, serverReference: null))
        {
            MovedTo = reason.Code == ReasonCodes.ServerMoved ? other : null,
        };
    }

    private static ConnectionEnd OfTimeout(LocalFault awaited, TransportPhase? phase, BrokerAddress address) => (awaited, phase) switch
    {
        (LocalFault.ConnectTimeout, TransportPhase.Proxy) => Retry(LocalFault.ProxyTimeout, $"The proxy did not connect us to {address} in time. Check the proxy's address, and the broker's."),
        (LocalFault.ConnectTimeout, TransportPhase.Tls) =>
            Retry(LocalFault.TlsTimeout, $"{address} accepts the connection, but does not answer in TLS. Is this the broker's TLS port? It often is 8883."),
        (LocalFault.ConnectTimeout, TransportPhase.WebSocket) =>
            Retry(LocalFault.WebSocketTimeout, $"{address} accepts the connection, but does not open the WebSocket. Is this the broker's WebSocket port?"),
        (LocalFault.ConnectTimeout, _) => Retry(awaited, $"{address} does not answer. Check the address, and firewalls on the way."),
        (LocalFault.ConnAckTimeout, _) =>
            Retry(awaited, $"{address} accepts the connection, but does not answer CONNECT. Is it an MQTT broker, and is the port right? If it is, look whether it is overloaded."),
        _ => Retry(awaited, $"The broker at {address} did not answer in time ({$"{awaited}"[..^"Timeout".Length].ToUpperInvariant()})."),
    };

    private static ConnectionEnd OfEndOfStream(SessionAdapter adapter, BrokerAddress address) => adapter.Stage == ConnectionStage.Accepted
        ? Retry(LocalFault.ConnectionClosed, $"The broker at {address} closed the connection.")
        : Retry(LocalFault.ClosedBeforeConnAck, $"{address} closed the connection without an answer. Is it an MQTT broker{Suspicion(adapter)}?") with
        {
            Hint = ProtocolHint.ClosedSilently,
        };

    private static string Suspicion(SessionAdapter adapter)
    {
        if (!adapter.IsSecureConnection)
            return ", and does the port expect TLS";
        return adapter.SentClientCertificate ? ", and does it accept our client certificate" : "";
    }

    private static ConnectionEnd OfException(SessionAdapter? adapter, Exception? exception, BrokerAddress address, bool connected)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case TransportException transport:
                    return transport.End;
                case SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown } when adapter is { Stage: ConnectionStage.ConnAck, IsSecureConnection: false }:
                    return Retry(LocalFault.ConnectionReset, $"{address} reset the connection instead of answering. Is it an MQTT broker, and does the port expect TLS?");
                case SocketException socket:
                    return SocketFailure.Describe(socket, address, connected);
                case MqttProtocolException:
                case MqttProtocolViolationException:
                    return Retry(LocalFault.ProtocolViolation, $"The broker broke the protocol: {BrokerText.Clean(inner.Message)}");
            }
        }

        return exception is null or MqttCommunicationException or OperationCanceledException or ObjectDisposedException
            ? Retry(LocalFault.ConnectionLost, $"The connection to {address} was lost.")
            : Retry(LocalFault.UnexpectedFailure, $"The connection to {address} failed: {exception.Message}");
    }

    internal static string WithBrokersWords(string sentence, string? reasonString, string? serverReference)
    {
        if (!string.IsNullOrWhiteSpace(serverReference))
            sentence += $" It names: {BrokerText.Clean(serverReference)}.";
        return string.IsNullOrWhiteSpace(reasonString) ? sentence : $"{sentence} The broker says: {BrokerText.Clean(reasonString)}";
    }

    private static ConnectionEnd Retry(LocalFault fault, string sentence) => new(fault, sentence, ReasonClass.Retry);
}
