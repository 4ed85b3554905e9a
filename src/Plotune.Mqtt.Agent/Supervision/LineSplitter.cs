using System.Text;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Cuts bytes into lines of bounded length; the rest of a longer line is left out. Control characters become spaces, so that a worker cannot forge lines of the log. Not thread-safe.</summary>
internal sealed class LineSplitter(int maximumLength)
{
    private readonly byte[] _line = new byte[maximumLength];
    private int _length;
    private bool _cut;

    public void Append(ReadOnlySpan<byte> bytes, Action<string> onLine)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var part = end < 0 ? bytes : bytes[..end];
            var taken = Math.Min(part.Length, _line.Length - _length);
            part[..taken].CopyTo(_line.AsSpan(_length));
            _length += taken;
            _cut |= taken < part.Length;
            if (end < 0)
                return;

            Complete(onLine);
            bytes = bytes[(end + 1)..];
        }
    }

    /// <summary>The stream ended: gives out what is there of a last line.</summary>
    public void Complete(Action<string> onLine)
    {
        var text = Encoding.UTF8.GetString(_line, 0, _length).TrimEnd();
        if (_cut)
            text += '…';
        _length = 0;
        _cut = false;
        if (text.Length > 0)
            onLine(string.Create(text.Length, text, static (line, source) =>
            {
                for (var i = 0; i < source.Length; i++)
                    line[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }));
    }
}
