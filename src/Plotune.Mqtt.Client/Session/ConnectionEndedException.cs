namespace Plotune.Mqtt.Client.Session;

/// <summary>A request could not be completed, and that is the end of the connection.</summary>
internal sealed class ConnectionEndedException(ConnectionEnd end) : MqttException(end.Reason)
{
    public ConnectionEnd End => end;

    public override bool IsTransient => end.Class != ReasonClass.Final;
}
