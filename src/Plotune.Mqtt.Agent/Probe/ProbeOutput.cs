using System.Buffers;
using System.Text.Json;

namespace Plotune.Mqtt.Agent.Probe;

/// <summary>Writes events as lines of JSON, in the order they came. Any thread.</summary>
internal sealed class ProbeOutput(Stream stream)
{
    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>Writes an event, and all that was added before it, at once.</summary>
    public void Write(ProbeEvent item)
    {
        lock (_lock)
        {
            Add(item);
            Flush();
        }
    }

    /// <summary>Adds an event that <see cref="Flush"/> will write.</summary>
    public void Add(ProbeEvent item)
    {
        lock (_lock)
        {
            using (var writer = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = ProbeJson.Readable.Options.Encoder }))
                JsonSerializer.Serialize(writer, item, ProbeJson.Readable.ProbeEvent);
            _buffer.Write("\n"u8);
        }
    }

    /// <exception cref="IOException">Nobody reads any more.</exception>
    public void Flush()
    {
        lock (_lock)
        {
            if (_buffer.WrittenCount == 0) return;
            try
            {
                stream.Write(_buffer.WrittenSpan);
                stream.Flush();
            }
            finally
            {
                _buffer.ResetWrittenCount();
            }
        }
    }
}
