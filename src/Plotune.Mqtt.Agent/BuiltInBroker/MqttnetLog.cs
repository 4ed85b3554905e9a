using System.Globalization;
using MQTTnet.Diagnostics.Logger;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>Passes on what MQTTnet logs, at Debug at most: its errors are what clients did wrong, which is nobody's alarm.</summary>
internal sealed partial class MqttnetLog(ILogger<MqttnetLog> logger) : IMqttNetLogger
{
    public bool IsEnabled => logger.IsEnabled(LogLevel.Debug);

    public void Publish(MqttNetLogLevel logLevel, string source, string message, object[]? parameters, Exception? exception)
    {
        var level = logLevel is MqttNetLogLevel.Verbose or MqttNetLogLevel.Info ? LogLevel.Trace : LogLevel.Debug;
        if (!logger.IsEnabled(level)) return;
        var text = LogText.Of(parameters is { Length: > 0 } ? string.Format(CultureInfo.InvariantCulture, message, parameters) : message);
        Log.Said(logger, level, source, text, exception);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3602, Message = "Built-in broker: {Source}: {Text}")]
        public static partial void Said(ILogger logger, LogLevel level, string source, string text, Exception? exception);
    }
}
