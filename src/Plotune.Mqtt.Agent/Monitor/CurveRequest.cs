namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>A curve the page draws.</summary>
/// <param name="Id">The page's own number for it, unique among its curves.</param>
/// <param name="Signal">Key of the signal, which need not exist yet.</param>
/// <param name="BucketMicros">Width of a bucket, of which only the extremes are told.</param>
internal sealed record CurveRequest(int Id, string Signal, long BucketMicros);
