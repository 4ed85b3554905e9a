using System.Buffers.Binary;
using System.Text;
using Plotune.Mqtt.Client.Receive;

namespace Plotune.Mqtt.Client.Publishing;

/// <summary>Reads the broker's answers for a <see cref="PublishPipeline"/>.</summary>
internal sealed class PublishAnswers(PublishPipeline pipeline) : IPublishAnswers
{
    public bool AreAwaited => pipeline.IsUnderWay;

    // Packet Identifier, and in 5.0 what is not left out of Reason Code and Properties (MQTT 5.0, 3.4.2).
    public ProtocolViolation? Answered(PacketType type, ReadOnlySpan<byte> body)
    {
        var identifier = BinaryPrimitives.ReadUInt16BigEndian(body);
        var code = body.Length > 2 ? body[2] : (byte)0;
        var reason = code >= Session.ReasonCodes.FirstFailure && body.Length > 3 ? ReasonString(body[3..]) : null;
        return pipeline.Answer(type, identifier, code, reason);
    }

    private static string? ReasonString(ReadOnlySpan<byte> source)
    {
        var size = PropertySet.ReadLength(source, out var length);
        var properties = new PropertyReader(source.Slice(size, length));
        while (properties.MoveNext())
        {
            if (properties.Identifier == PropertyIdentifier.ReasonString)
                return Encoding.UTF8.GetString(properties.Value);
        }

        return null;
    }
}
