using System.Text;
using BenchmarkDotNet.Attributes;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker.Ingest;

namespace Plotune.Mqtt.Benchmarks.Micro;

/// <summary>What does it cost to find a message's topic by its bytes, in random order? The baseline makes a string of the name and looks it up in a dictionary.</summary>
[MemoryDiagnoser]
public class TopicTableBenchmark
{
    private const int LookUps = 100_000;

    private readonly Dictionary<string, TopicEntry> _dictionary = new(StringComparer.Ordinal);
    private byte[][] _names = [];
    private TopicTable? _table;

    [Params(100, 100_000)]
    public int Topics { get; set; }

    [GlobalSetup]
    public void MeetTopics()
    {
        _table = new TopicTable(new PayloadDecoders(new CountingRegistry(), new PayloadOptions()), Topics);
        var random = new Random(1);
        var all = Enumerable.Range(0, Topics).Select(i => $"factory/hall{i % 7}/line{i % 100}/machine{i}/state").ToArray();
        foreach (var name in all)
        {
            _dictionary.Add(name, _table.Get(Encoding.UTF8.GetBytes(name))!);
        }

        // Every look-up has bytes of its own, as in a receive buffer.
        _names = [.. Enumerable.Range(0, LookUps).Select(_ => Encoding.UTF8.GetBytes(all[random.Next(Topics)]))];
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = LookUps)]
    public int DictionaryOfStrings()
    {
        var found = 0;
        foreach (var name in _names)
        {
            found += _dictionary[Encoding.UTF8.GetString(name)].Utf8Name.Length;
        }

        return found;
    }

    [Benchmark(OperationsPerInvoke = LookUps)]
    public int Table()
    {
        var found = 0;
        foreach (var name in _names)
        {
            found += _table!.Get(name)!.Utf8Name.Length;
        }

        return found;
    }
}
