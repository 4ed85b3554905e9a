namespace Plotune.Mqtt.Payloads.Json;

/// <summary>
/// The templates made of late. Devices of one kind write alike, so that thousands of topics share one template, which stays in the processor's caches while theirs would not.
/// </summary>
internal sealed class TemplatePool(DecoderContext context)
{
    /// <summary>When there are more, or they take more, all are forgotten: topics keep those they have.</summary>
    private const int MaximumTemplates = 1024;
    private const int MaximumBytes = 1 << 20;

    private readonly Dictionary<int, PayloadTemplate> _byHash = [];
    private long _bytes;

    /// <summary>A template like the draft.</summary>
    public PayloadTemplate Get(TemplateDraft draft)
    {
        var hash = HashOf(draft);
        if (_byHash.TryGetValue(hash, out var known) && known.IsLike(draft))
        {
            return known;
        }

        var template = new PayloadTemplate(context, draft);
        if (_byHash.Count >= MaximumTemplates || _bytes + template.Bytes > MaximumBytes)
        {
            _byHash.Clear();
            _bytes = 0;
        }

        _bytes += template.Bytes - (known?.Bytes ?? 0);
        _byHash[hash] = template;
        return template;
    }

    // Seeded anew in each process, so that nobody can choose payloads that fall on one place; where two do, the newer one is remembered.
    private static int HashOf(TemplateDraft draft)
    {
        var hash = new HashCode();
        hash.AddBytes(draft.Fixed);
        foreach (ref readonly var slot in draft.Slots)
        {
            hash.Add(slot);
        }

        return hash.ToHashCode();
    }
}
