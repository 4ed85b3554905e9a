namespace Plotune.Mqtt.Client;

/// <summary>Something went wrong between us and a broker; root of this library's own exceptions.</summary>
public class MqttException : Exception
{
    public MqttException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>True if a new connection with the same settings may do better.</summary>
    public virtual bool IsTransient => true;
}
