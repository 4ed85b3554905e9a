using System.Security.Authentication;
using System.Security.Cryptography;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>
/// What TLS failed for, in words. .NET wraps what OpenSSL said; its number survives as the HResult of an inner exception: the library in the upper bits, the
/// reason in the lower twelve, and a reason above 1000 is an alert of the peer.
/// </summary>
internal static class TlsFailure
{
    private const int ReasonMask = 0xFFF;
    private const int FirstAlert = 1000;

    /// <summary>OpenSSL's own reasons SSL_R_UNSUPPORTED_PROTOCOL and SSL_R_WRONG_SSL_VERSION.</summary>
    private const int UnsupportedProtocol = 258;
    private const int WrongSslVersion = 266;

    /// <summary>SSL_R_WRONG_VERSION_NUMBER: what came is no record of TLS.</summary>
    private const int WrongVersionNumber = 267;

    /// <summary>How long a broken stream may take to tell of an alert; what has come is there at once.</summary>
    private static readonly TimeSpan AlertLimit = TimeSpan.FromMilliseconds(200);

    public static ConnectionEnd OfHandshake(Exception exception, TlsHandshake handshake)
    {
        if (OfPeer(exception, handshake) is { } end)
            return end;
        // The frames were no TLS. What OpenSSL finds wrong comes with an inner exception.
        if (exception is AuthenticationException { InnerException: null })
            return NotTls(handshake);
        if (exception is IOException)
            return new(
                LocalFault.TlsHandshakeClosed,
                $"{handshake.Address} closed the connection during the TLS handshake. Most often the port expects no TLS: use the broker's TLS port, which often is 8883, or plain MQTT.",
                ReasonClass.Retry);
        return new(LocalFault.TlsFailed, $"The TLS handshake with {handshake.Address} failed: {exception.GetBaseException().Message}", ReasonClass.RetrySlowly);
    }

    /// <summary>An alert of the broker, or what OpenSSL could not read; in TLS 1.3 it comes after the handshake. Null if the exception is neither.</summary>
    public static ConnectionEnd? OfPeer(Exception exception, TlsHandshake handshake)
    {
        if (OpenSslErrorIn(exception) is not { } error)
            return null;
        return (error.HResult & ReasonMask) switch
        {
            > FirstAlert and var reason => OfAlert((TlsAlert)(reason - FirstAlert), handshake),
            UnsupportedProtocol or WrongSslVersion => VersionMismatch(handshake),
            WrongVersionNumber => NotTls(handshake),
            _ => new(LocalFault.TlsFailed, $"TLS with {handshake.Address} failed: {error.Message}", ReasonClass.RetrySlowly),
        };
    }

    /// <summary>
    /// Why a connection broke before the broker said anything. In TLS 1.3 a refused client certificate shows only after the handshake, as an alert with a reset
    /// right behind it; then our write fails first, and the alert waits to be read.
    /// </summary>
    /// <param name="stream">Nobody else may be reading.</param>
    public static async Task<ConnectionEnd?> OfBrokenStreamAsync(Exception exception, Stream stream, TlsHandshake handshake)
    {
        var end = OfPeer(exception, handshake);
        if (end is not null)
            return end;
        using var deadline = new CancellationTokenSource(AlertLimit);
        try
        {
            await stream.ReadAsync(new byte[1], deadline.Token).ConfigureAwait(false);
        }
        catch (Exception alert) when (alert is IOException or ObjectDisposedException or OperationCanceledException)
        {
            end = OfPeer(alert, handshake);
        }

        return end ?? (handshake.LacksClientCertificate ? ClientCertificateMissed(handshake.Address) : null);
    }

    /// <summary>A guess: brokers that ask for a certificate, but do not insist on one, close for other reasons too. So it is tried again.</summary>
    public static ConnectionEnd ClientCertificateMissed(BrokerAddress address) => new(
        LocalFault.ClientCertificateRequired,
        $"The broker at {address} asks for a client certificate, got none, and closed the connection without a word. Enter a certificate and its key if it needs one.",
        ReasonClass.RetrySlowly)
    {
        Hint = ProtocolHint.ClosedSilently,
    };

    private static ConnectionEnd ClientCertificateRequired(BrokerAddress address) => new(
        LocalFault.ClientCertificateRequired, $"The broker at {address} asks for a client certificate. Enter a certificate and its key.", ReasonClass.Final);

    private static ConnectionEnd OfAlert(TlsAlert alert, TlsHandshake handshake) => alert switch
    {
        TlsAlert.CertificateRequired => ClientCertificateRequired(handshake.Address),
        TlsAlert.HandshakeFailure or TlsAlert.BadCertificate or TlsAlert.CertificateUnknown or TlsAlert.AccessDenied when handshake.LacksClientCertificate =>
            ClientCertificateRequired(handshake.Address),
        TlsAlert.UnknownCa when handshake.SentClientCertificate =>
            Refused(LocalFault.ClientCertificateUnknownCa, "does not know the authority that issued our client certificate. Use a certificate that this broker's authority has issued."),
        TlsAlert.CertificateExpired when handshake.SentClientCertificate =>
            Refused(LocalFault.ClientCertificateExpired, "says that our client certificate has expired. Renew it.", ReasonClass.RetrySlowly),
        TlsAlert.CertificateRevoked when handshake.SentClientCertificate => Refused(LocalFault.ClientCertificateRevoked, "says that our client certificate was revoked. Use another one."),
        TlsAlert.BadCertificate or TlsAlert.UnsupportedCertificate or TlsAlert.CertificateUnknown or TlsAlert.AccessDenied or TlsAlert.DecryptError
            when handshake.SentClientCertificate => Refused(LocalFault.ClientCertificateRefused, "does not accept our client certificate. Its log may tell why."),
        TlsAlert.ProtocolVersion => VersionMismatch(handshake),
        TlsAlert.InsufficientSecurity or TlsAlert.HandshakeFailure => Refused(
            LocalFault.TlsHandshakeRefused, "refused the TLS handshake: it finds no cipher or certificate in common with us. Its log may tell more.", ReasonClass.RetrySlowly),
        TlsAlert.UnrecognizedName => Refused(LocalFault.ServerNameNotKnown, $"does not know the server name '{handshake.ServerName}'. Enter the name it expects."),
        TlsAlert.NoApplicationProtocol => Refused(LocalFault.ApplicationProtocolRefused, "accepts none of the application protocols (ALPN) entered. Enter the one its documentation names."),
        _ => Refused(LocalFault.TlsAlert, $"ended TLS with the alert {(int)alert}. Its log may tell more.", ReasonClass.RetrySlowly),
    };

    private static ConnectionEnd Refused(LocalFault fault, string what, ReasonClass reasonClass = ReasonClass.Final) => new(fault, $"The broker {what}", reasonClass);

    private static ConnectionEnd VersionMismatch(TlsHandshake handshake) => handshake.MinimumVersion == TlsVersion.Tls13
        ? new(LocalFault.TlsVersionMismatch, $"The broker at {handshake.Address} does not speak TLS 1.3, which is the lowest version set here. Allow TLS 1.2, or update the broker.", ReasonClass.Final)
        : new(LocalFault.TlsVersionMismatch, $"The broker at {handshake.Address} speaks neither TLS 1.2 nor 1.3. It must be updated.", ReasonClass.RetrySlowly);

    private static ConnectionEnd NotTls(TlsHandshake handshake) => new(
        LocalFault.TlsNotSpoken,
        $"What answers at {handshake.Address} does not speak TLS. Use the broker's TLS port, which often is 8883, or choose a transport without TLS.",
        ReasonClass.Final);

    private static CryptographicException? OpenSslErrorIn(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is CryptographicException { HResult: > 0 } error)
                return error;
        }

        return null;
    }
}
