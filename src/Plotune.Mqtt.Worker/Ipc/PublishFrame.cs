using System.Buffers.Binary;
using System.Text;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>
/// Messages to publish, in this order. Per message: i64 id, u8 flags (QoS in bits 0 and 1, retain in bit 2, JSON in bit 3, source in bits 4 and 5),
/// u32 expiry in seconds, u32 topic length, topic, u32 payload length, payload.
/// </summary>
public static class PublishFrame
{
    private const int FixedLength = 8 + 1 + 4 + 4 + 4;
    private const byte QosMask = 3;
    private const byte RetainBit = 4;
    private const byte JsonBit = 8;
    private const byte SourceMask = 3;
    private const int SourceShift = 4;

    /// <summary>Bytes a message takes in a frame.</summary>
    public static int LengthOf(PublishRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return FixedLength + Encoding.UTF8.GetByteCount(request.Topic) + request.Payload.Length;
    }

    /// <summary>The body of a frame; see to it that it is no longer than <see cref="FrameHeader.MaximumBodyLength"/>.</summary>
    public static byte[] ToBody(IReadOnlyList<PublishRequest> requests)
    {
        ArgumentNullException.ThrowIfNull(requests);
        byte[] body = new byte[requests.Sum(LengthOf)];
        Span<byte> rest = body;
        foreach (PublishRequest request in requests)
            rest = Write(rest, request);

        return body;
    }

    /// <exception cref="FrameException">The bytes do not add up. Whether a topic can be published to is not checked.</exception>
    public static IReadOnlyList<PublishRequest> Read(ReadOnlySpan<byte> body)
    {
        var requests = new List<PublishRequest>();
        var fields = new FrameFields(body);
        while (!fields.IsAtEnd)
            requests.Add(Read(ref fields));

        return requests;
    }

    private static Span<byte> Write(Span<byte> destination, PublishRequest request)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination, request.Id);
        destination[8] = (byte)((byte)request.QualityOfService | (request.Retain ? RetainBit : 0) | (request.IsJson ? JsonBit : 0) | ((byte)request.Source << SourceShift));
        BinaryPrimitives.WriteUInt32LittleEndian(destination[9..], request.ExpirySeconds);
        int topicLength = Encoding.UTF8.GetBytes(request.Topic, destination[17..]);
        BinaryPrimitives.WriteInt32LittleEndian(destination[13..], topicLength);
        destination = destination[(17 + topicLength)..];
        BinaryPrimitives.WriteInt32LittleEndian(destination, request.Payload.Length);
        request.Payload.Span.CopyTo(destination[4..]);
        return destination[(4 + request.Payload.Length)..];
    }

    private static PublishRequest Read(ref FrameFields fields)
    {
        long id = (long)fields.ReadUInt64();
        byte flags = fields.ReadByte();
        var qualityOfService = (QualityOfService)(flags & QosMask);
        if (qualityOfService > QualityOfService.ExactlyOnce || (flags & ~(QosMask | RetainBit | JsonBit | (SourceMask << SourceShift))) != 0)
            throw new FrameException($"A message to publish has the unknown flags {flags:X2}.");

        uint expirySeconds = fields.ReadUInt32();
        return new PublishRequest(id, fields.ReadText(), fields.ReadBytes().ToArray(), qualityOfService)
        {
            Retain = (flags & RetainBit) != 0,
            IsJson = (flags & JsonBit) != 0,
            ExpirySeconds = expirySeconds,
            Source = (PublishSource)((flags >> SourceShift) & SourceMask),
        };
    }
}
