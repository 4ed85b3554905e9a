namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Which stored connection the form shows when it is opened next. Thread-safe.</summary>
internal sealed class FormChoice
{
    private volatile string? _connection;

    /// <summary>Null shows the defaults.</summary>
    public string? Connection
    {
        get => _connection;
        set => _connection = value;
    }
}
