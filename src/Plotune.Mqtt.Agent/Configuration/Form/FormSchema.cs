using System.Text.Json.Nodes;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>The form as Core draws it.</summary>
internal sealed record FormSchema(IReadOnlyList<FormSection> Layout, IReadOnlyDictionary<string, FormField> Fields);

/// <param name="Type">tab or group.</param>
internal sealed record FormSection(string Type, string Label, IReadOnlyList<string> Fields);

/// <summary>One field; members that its type does not have are left out of the JSON.</summary>
/// <param name="Type">text, number, combobox, checkbox or button.</param>
internal sealed record FormField(string Type, string Label)
{
    /// <summary>A text, also for a number; a boolean for a checkbox.</summary>
    public JsonNode? Default { get; init; }

    public bool? Required { get; init; }

    public IReadOnlyList<string>? Options { get; init; }

    public long? Min { get; init; }

    public long? Max { get; init; }

    public FormButton? Action { get; init; }
}

/// <param name="Url">Absolute, as Core calls it from its own page.</param>
internal sealed record FormButton(string Method, string Url, IReadOnlyList<string> PayloadFields);
