using System.Text.Json;
using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>Notices as the API shows them: the kind is an event's name in camelCase, such as <c>filterRefused</c>.</summary>
internal static class NoticeJson
{
    public static NoticeEntry Of(string connection, ConnectionNotice notice) => new(
        UnixTime.SecondsOf(notice.Time),
        connection,
        JsonNamingPolicy.CamelCase.ConvertName(notice.Kind.ToString()),
        notice.Subject,
        notice.Text);

    /// <summary>Why a bridge does not publish for now; the subject is the variable.</summary>
    public static NoticeEntry Of(BridgeSnapshot bridge) =>
        Of(bridge.Producer?.Connection ?? "", new ConnectionNotice(bridge.State.Since, ConnectionEventKind.BridgeTrouble, bridge.Config.Name, bridge.State.Reason));

    /// <summary>What a connection's settings are warned of; the subject is the connection as a whole.</summary>
    public static IEnumerable<NoticeEntry> WarningsOf(ConnectionSnapshot connection) =>
        ConnectionWarnings.Of(connection.Config).Select(warning => new NoticeEntry(UnixTime.SecondsOf(connection.State.Since), connection.Config.Name, "warning", "", warning));
}
