using System.Buffers.Text;
using System.Text;

namespace Plotune.Mqtt.Payloads.Json;

/// <summary>
/// A known path of a topic. An element of an array is a child named by its number, as in a JSON Pointer, where <c>/a/0</c> does not tell an array from an object either.
/// </summary>
internal sealed class ShapeNode
{
    private const int ListedChildren = 8;

    private readonly byte[] _name;
    private readonly int _element;
    private ShapeNode[] _children = [];
    private int _count;
    private Dictionary<byte[], ShapeNode>.AlternateLookup<ReadOnlySpan<byte>>? _byName;

    public ShapeNode(ShapeNode? parent, ReadOnlySpan<byte> name)
    {
        Parent = parent;
        _name = name.ToArray();
        _element = ElementOf(name);
        Ordinal = parent?._count ?? 0;
        PathBytes = parent is null ? 0 : parent.PathBytes + PointerBytes(name);
    }

    public ShapeNode? Parent { get; }

    /// <summary>Place among the children of the parent.</summary>
    public int Ordinal { get; }

    /// <summary>Length of the JSON Pointer in UTF-8.</summary>
    public int PathBytes { get; }

    public SignalState State { get; private set; }

    /// <summary>Valid if <see cref="State"/> is <see cref="SignalState.Registered"/>.</summary>
    public int SignalId { get; private set; }

    /// <summary>The payload in which the path was met last, and the token it was there.</summary>
    public ulong LastPayload { get; set; }
    public int LastToken { get; set; }

    public ReadOnlySpan<ShapeNode> Children => _children.AsSpan(0, _count);

    public static int PointerBytes(ReadOnlySpan<byte> name) => 1 + name.Length + name.Count((byte)'~') + name.Count((byte)'/');

    public void Register(int signalId)
    {
        SignalId = signalId;
        State = signalId < 0 ? SignalState.Refused : SignalState.Registered;
    }

    /// <summary>The child of that name, or null; <paramref name="expected"/> is where to look first and moves behind the child.</summary>
    public ShapeNode? Find(ReadOnlySpan<byte> name, ref int expected)
    {
        var child = (uint)expected < (uint)_count && name.SequenceEqual(_children[expected]._name) ? _children[expected] : Search(name);
        expected = child is null ? expected : child.Ordinal + 1;
        return child;
    }

    public ShapeNode? FindElement(int element, ref int expected)
    {
        if ((uint)expected < (uint)_count && _children[expected]._element == element)
        {
            return _children[expected++];
        }

        Span<byte> name = stackalloc byte[11];
        Utf8Formatter.TryFormat(element, name, out var length);
        return Find(name[..length], ref expected);
    }

    public ShapeNode Add(ReadOnlySpan<byte> name)
    {
        var child = new ShapeNode(this, name);
        if (_count == _children.Length)
        {
            Array.Resize(ref _children, Math.Max(2, _count * 2));
        }

        _children[_count++] = child;
        if (_byName is { } lookup)
        {
            lookup.Dictionary.Add(child._name, child);
        }
        else if (_count > ListedChildren)
        {
            var byName = new Dictionary<byte[], ShapeNode>(NameComparer.Instance);
            foreach (var known in Children)
            {
                byName.Add(known._name, known);
            }

            _byName = byName.GetAlternateLookup<ReadOnlySpan<byte>>();
        }

        return child;
    }

    /// <summary>The JSON Pointer (RFC 6901).</summary>
    public string Path()
    {
        var path = new StringBuilder(PathBytes);
        Write(path);
        return path.ToString();
    }

    private void Write(StringBuilder path)
    {
        if (Parent is null)
        {
            return;
        }

        Parent.Write(path);
        path.Append('/').Append(Encoding.UTF8.GetString(_name).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
    }

    private ShapeNode? Search(ReadOnlySpan<byte> name)
    {
        if (_byName is { } lookup)
        {
            return lookup.TryGetValue(name, out var found) ? found : null;
        }

        foreach (var child in Children)
        {
            if (name.SequenceEqual(child._name))
            {
                return child;
            }
        }

        return null;
    }

    private static int ElementOf(ReadOnlySpan<byte> name) =>
        Utf8Parser.TryParse(name, out int element, out var used) && used == name.Length && element >= 0 && (name[0] != '0' || name.Length == 1) && name[0] != '+' && name[0] != '-'
            ? element
            : -1;
}
