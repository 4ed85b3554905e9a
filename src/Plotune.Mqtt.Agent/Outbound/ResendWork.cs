using Microsoft.Data.Sqlite;
using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>Moves dead letters to the end of their queue, as many as there is room for.</summary>
/// <param name="find">Reads the letters, oldest first.</param>
internal sealed class ResendWork(OutboundQueue queue, Func<SqliteConnection, List<DeadLetter>> find) : StateWork(durable: true)
{
    private readonly List<OutboundAppend> _appended = [];
    private readonly HashSet<SourceEntry> _sources = [];
    private int _kept;

    /// <summary>How many were moved.</summary>
    public int Moved => _appended.Count;

    /// <summary>How many were found.</summary>
    public int Found { get; private set; }

    public override void Run(SqliteConnection connection)
    {
        var letters = find(connection);
        Found = letters.Count;
        foreach (var letter in letters)
        {
            if (queue.IsClosed || !queue.Fits(1, letter.Message.Bytes))
                break;

            // A person asks for it, so that it is too late is no reason any more.
            var message = letter.Message.Expires <= queue.Context.Now ? letter.Message with { Expires = null } : letter.Message;
            var source = queue.Context.Sources.Get(letter.Source);
            _sources.Add(source);
            _appended.Add(OutboundAppend.Run(connection, queue, source, [message]));
            queue.Context.DeadLetters.Delete(connection, letter.Id);
        }

        _kept = queue.Context.DeadLetters.Count(connection, queue.Number);
    }

    protected override void OnCommitted()
    {
        foreach (var append in _appended)
            append.Commit();
        queue.OnDeadLettersChanged(_kept);
    }

    protected override void OnUndone()
    {
        foreach (var append in _appended)
            append.Undo();
        _appended.Clear();
        foreach (var source in _sources)
            queue.Unregister(source);
    }
}
