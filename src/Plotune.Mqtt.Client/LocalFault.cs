namespace Plotune.Mqtt.Client;

/// <summary>Why a connection ended, or did not come to be, where no reason code of the broker says it: the name in <see cref="ConnectionStatus.ReasonName"/>.</summary>
public enum LocalFault
{
    // The way to the host.
    HostNotFound,
    NetworkUnreachable,
    AccessDenied,
    ConnectionRefused,
    ConnectTimeout,
    ConnectionTimedOut,
    ConnectionReset,
    ConnectionLost,
    SocketFailed,
    UnexpectedFailure,

    // A Unix domain socket.
    SocketMissing,
    SocketAccessDenied,
    SocketPathNotValid,

    // An HTTP proxy.
    ProxyNotFound,
    ProxyRefusesConnections,
    ProxyUnreachable,
    ProxyTimeout,
    ProxyClosed,
    ProxyNotHttp,
    ProxyAuthenticationRequired,
    ProxyAuthenticationFailed,
    ProxyForbidden,
    ProxyCannotReachBroker,
    ProxyRefused,

    // TLS itself.
    TlsExpected,
    TlsNotSpoken,
    TlsTimeout,
    TlsHandshakeClosed,
    TlsHandshakeRefused,
    TlsVersionMismatch,
    TlsAlert,
    TlsFailed,
    ServerNameNotKnown,
    ApplicationProtocolRefused,

    // The broker's certificate.
    CertificateMissing,
    CertificateExpired,
    CertificateNotYetValid,
    CertificateSelfSigned,
    CertificateAuthorityUnknown,
    CertificateNameMismatch,
    CertificateRevoked,
    RevocationUnknown,
    CertificateNotValid,

    // Our certificate and the files of TLS.
    ClientCertificateRequired,
    ClientCertificateMissing,
    ClientCertificateUnknownCa,
    ClientCertificateExpired,
    ClientCertificateRevoked,
    ClientCertificateRefused,
    ClientKeyMissing,
    ClientKeyMismatch,
    KeyPasswordMissing,
    KeyPasswordWrong,
    TlsFileMissing,
    TlsFileInvalid,
    TlsFileUnreadable,

    // The WebSocket.
    WebSocketTimeout,
    WebSocketClosed,
    WebSocketUnauthorized,
    WebSocketForbidden,
    WebSocketPathNotFound,
    WebSocketRedirected,
    WebSocketUnavailable,
    WebSocketRefused,
    WebSocketSubProtocol,
    WebSocketTextFrame,
    WebSocketProtocolViolation,
    HeaderNotValid,

    // CONNECT and its answer. Where the broker could have refused the same, the name is that of its reason code.
    HttpExpected,
    ClosedBeforeConnAck,
    ConnAckTimeout,
    UnsupportedProtocolVersion,
    ClientIdentifierNotValid,
    BadUserNameOrPassword,
    WillInvalid,
    ProtocolViolation,

    // After CONNACK.
    SubAckTimeout,
    UnsubAckTimeout,
    KeepAliveTimeout,
    ConnectionClosed,
    ConnectionCut,
    HandOverFailed,
    PublishStalled,
    PublishFailed,

    // An error of our own.
    InternalError,
}
