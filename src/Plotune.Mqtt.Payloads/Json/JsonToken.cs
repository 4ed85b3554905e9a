namespace Plotune.Mqtt.Payloads.Json;

/// <summary>One value of a parsed payload; positions are bytes in the payload.</summary>
internal struct JsonToken
{
    public JsonTokenKind Kind;

    /// <summary>What a template does with the value at this place.</summary>
    public SlotRole Role;

    /// <summary>A later member of the same name has taken its place, or it has been used as something else than a leaf.</summary>
    public bool IsDead;

    /// <summary>The name has escapes, or the text has.</summary>
    public bool NameIsEscaped;
    public bool TextIsEscaped;

    /// <summary>Index of the object or array around it; -1 at the top.</summary>
    public int Parent;

    /// <summary>Index of the first token that is not inside this one.</summary>
    public int Next;

    public int NameStart;
    public int NameLength;

    /// <summary>The value as written, quotes included.</summary>
    public int Start;
    public int Length;

    /// <summary>While the members of a container are resolved: where the next one is expected among the known ones, and its number.</summary>
    public int ExpectedChild;
    public int Members;

    public double Number;

    /// <summary>The known path; null if there is none.</summary>
    public ShapeNode? Node;

    public readonly bool IsContainer => Kind <= JsonTokenKind.Array;

    /// <summary>A number, a boolean or a text.</summary>
    public readonly bool IsLeaf => Kind >= JsonTokenKind.Number;
}
