namespace Plotune.Mqtt.Client.Publishing;

/// <summary>A list of publishes, linked through themselves so that it allocates nothing and any can leave it. A publish is in one list at most.</summary>
internal sealed class PublishList
{
    public PendingPublish? First { get; private set; }

    public PendingPublish? Last { get; private set; }

    public int Count { get; private set; }

    public void AddLast(PendingPublish publish) => Insert(publish, Last, null);

    public void Remove(PendingPublish publish)
    {
        if (publish.Previous is { } previous)
            previous.Next = publish.Next;
        else
            First = publish.Next;
        if (publish.Next is { } next)
            next.Previous = publish.Previous;
        else
            Last = publish.Previous;
        publish.Previous = publish.Next = null;
        Count--;
    }

    /// <summary>Takes in all publishes of another list, which is left empty. Both are in the order in which they were given, and so is the result.</summary>
    public void Merge(PublishList other)
    {
        var place = First;
        while (other.First is { } publish)
        {
            other.Remove(publish);
            while (place is not null && place.Sequence < publish.Sequence)
                place = place.Next;
            Insert(publish, place is null ? Last : place.Previous, place);
        }
    }

    private void Insert(PendingPublish publish, PendingPublish? previous, PendingPublish? next)
    {
        publish.Previous = previous;
        publish.Next = next;
        if (previous is null)
            First = publish;
        else
            previous.Next = publish;
        if (next is null)
            Last = publish;
        else
            next.Previous = publish;
        Count++;
    }
}
