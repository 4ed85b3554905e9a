using System.Text;

namespace Plotune.Mqtt.Payloads.Json;

/// <summary>
/// What is known of one topic: its paths and their signals. Bounded whatever the topic sends: a path that is too long or one too many is not remembered, and what
/// lies there is left out.
/// </summary>
internal sealed class SignalTree(string topic, DecoderContext context)
{
    /// <summary>Longer paths, as UTF-8, make no signals.</summary>
    public const int MaximumPathBytes = 1024;

    /// <summary>Once the registry is full a topic may still remember this many paths: enough for a small one to be asked for, too few to take memory.</summary>
    private const int NodesWithoutRoom = 64;

    private const long NodesAlways = 1024;

    private string? _unit;
    private string? _description;
    private int _nodes;

    public ShapeNode Root { get; } = new(null, default);

    public int Signals { get; private set; }

    /// <summary>Changes whenever a path or a signal becomes known.</summary>
    public int Version { get; private set; }

    private long MaximumNodes => context.SignalsAreExhausted ? NodesWithoutRoom : Math.Max(NodesAlways, 4L * context.Options.MaximumLeaves);

    /// <summary>Makes a child; null if there is no room.</summary>
    public ShapeNode? Add(ShapeNode parent, ReadOnlySpan<byte> name)
    {
        if (_nodes >= MaximumNodes || parent.PathBytes + ShapeNode.PointerBytes(name) > MaximumPathBytes)
        {
            return null;
        }

        _nodes++;
        Version++;
        return parent.Add(name);
    }

    /// <summary>True if the leaf has a signal; the registry is asked the first time.</summary>
    public bool IsRegistered(ShapeNode leaf, SignalValueKind kind)
    {
        if (leaf.State == SignalState.None)
        {
            leaf.Register(context.Registry.Register(topic, leaf.Path(), kind));
            Version++;
            if (leaf.State == SignalState.Registered)
            {
                Signals++;
            }
            else
            {
                context.SignalsAreExhausted = true;
            }
        }

        return leaf.State == SignalState.Registered;
    }

    /// <summary>Tells the registry of a unit or a description that is news; those not named (default) stay as they are.</summary>
    public void Describe(NamedText unit, NamedText description)
    {
        var newUnit = unit.IsNamed && !unit.IsSame(_unit);
        var newDescription = description.IsNamed && !description.IsSame(_description);
        if (Root.State != SignalState.Registered || !(newUnit || newDescription))
        {
            return;
        }

        var unitText = unit.IsNamed ? Encoding.UTF8.GetString(unit.Utf8) : null;
        var descriptionText = description.IsNamed ? Encoding.UTF8.GetString(description.Utf8) : null;
        _unit = unitText ?? _unit;
        _description = descriptionText ?? _description;
        context.Registry.Describe(Root.SignalId, unitText, descriptionText);
    }

    /// <summary>A gap for each signal at a path and below it.</summary>
    public static void AddGaps(ShapeNode node, DecodedMessage message)
    {
        if (node.State == SignalState.Registered)
        {
            message.Add(new SignalSample(node.SignalId, SignalValueKind.Gap));
        }

        foreach (var child in node.Children)
        {
            AddGaps(child, message);
        }
    }
}
