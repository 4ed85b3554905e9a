using Microsoft.Extensions.Logging;

namespace Plotune.Mqtt.Client;

/// <content>Log messages.</content>
public sealed partial class BrokerConnection
{
    private static partial class Log
    {
        [LoggerMessage(1000, LogLevel.Information, "Connected to {Address} with MQTT {Protocol} as '{ClientId}' (session present: {SessionPresent})")]
        public static partial void Connected(ILogger logger, BrokerAddress address, string protocol, string clientId, bool sessionPresent);

        [LoggerMessage(1001, LogLevel.Information, "Stopped the connection to {Address} as asked")]
        public static partial void Stopped(ILogger logger, BrokerAddress address);

        [LoggerMessage(1002, LogLevel.Warning, "Not connected to {Address}: {ReasonName}. {Reason} Next attempt in {DelaySeconds:0.0} s")]
        public static partial void Waiting(ILogger logger, BrokerAddress address, string reasonName, string reason, double delaySeconds);

        [LoggerMessage(1003, LogLevel.Debug, "Still not connected to {Address}: {ReasonName}. Next attempt in {DelaySeconds:0.0} s")]
        public static partial void StillWaiting(ILogger logger, BrokerAddress address, string reasonName, double delaySeconds);

        [LoggerMessage(1004, LogLevel.Error, "Gave up connecting to {Address}: {ReasonName}. {Reason}")]
        public static partial void Failed(ILogger logger, BrokerAddress address, string reasonName, string reason);

        [LoggerMessage(1005, LogLevel.Information, "{Address} does not take MQTT {Refused}; trying {Next}. {Reason}")]
        public static partial void FallingBack(ILogger logger, BrokerAddress address, string refused, string next, string reason);

        [LoggerMessage(1006, LogLevel.Warning, "{Address} has lost our session: messages sent while we were away may be missing")]
        public static partial void SessionLost(ILogger logger, BrokerAddress address);

        [LoggerMessage(1007, LogLevel.Information, "Reconnected to {Address} with a clean session: messages sent while we were away are not delivered")]
        public static partial void PossibleGap(ILogger logger, BrokerAddress address);

        [LoggerMessage(1008, LogLevel.Critical, "The connection to {Address} stopped by an error of its own")]
        public static partial void LoopFailed(ILogger logger, Exception exception, BrokerAddress address);

        [LoggerMessage(1011, LogLevel.Warning, "{Address} has moved; following to {NewAddress}, with the same user and password. Enter the new address, since this is forgotten at the next start")]
        public static partial void Moved(ILogger logger, BrokerAddress address, BrokerAddress newAddress);

        [LoggerMessage(1009, LogLevel.Warning, "The connection to {Address} did not stop within {Limit}: received messages are not being handed on")]
        public static partial void StopTimedOut(ILogger logger, BrokerAddress address, TimeSpan limit);

        [LoggerMessage(1300, LogLevel.Warning, "The certificate of {Address} is not verified, as configured: the connection is encrypted, but the broker may be anyone")]
        public static partial void NotVerified(ILogger logger, BrokerAddress address);
    }
}
