namespace Plotune.Mqtt.Payloads.Signed;

/// <summary>How opening a signed envelope ended.</summary>
public enum EnvelopeResult : byte
{
    /// <summary>The text is the one that was signed.</summary>
    Verified = 0,

    /// <summary>Not an object in which <c>payload</c>, <c>hmac</c> and <c>algo</c> are there, once each, as texts.</summary>
    NotSigned,

    /// <summary>An envelope whose <c>algo</c> is not <c>sha256</c>.</summary>
    UnknownAlgorithm,

    /// <summary>Changed, or signed with another secret.</summary>
    BadSignature,
}
