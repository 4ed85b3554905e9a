using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>QoS as the form shows it: <c>1 : At least once</c>; the first character is the value.</summary>
internal static class QualityOfServiceText
{
    public static readonly IReadOnlyList<string> Options = ["0 : Fire Forget", "1 : At least once", "2 : Exactly once"];

    public static string OptionOf(QualityOfService qos) => Options[(int)qos];

    /// <returns>Null if the text is neither an option nor its number.</returns>
    public static QualityOfService? Parse(string text)
    {
        text = text.Trim();
        if (text.Length == 0 || text[0] is < '0' or > '2') return null;
        var rest = text.AsSpan(1).TrimStart();
        return rest.IsEmpty || rest[0] == ':' ? (QualityOfService)(text[0] - '0') : null;
    }
}
