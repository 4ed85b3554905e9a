using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>The way to the broker could not be opened, or broke, for a reason that is known.</summary>
internal sealed class TransportException(ConnectionEnd end, Exception? innerException = null) : MqttException(end.Reason, innerException)
{
    public TransportException(LocalFault fault, string reason, ReasonClass reasonClass, Exception? innerException = null)
        : this(new ConnectionEnd(fault, reason, reasonClass), innerException)
    {
    }

    public ConnectionEnd End => end;

    public override bool IsTransient => end.Class != ReasonClass.Final;
}
