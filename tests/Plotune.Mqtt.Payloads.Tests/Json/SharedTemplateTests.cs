using System.Text;
using Plotune.Mqtt.Payloads.Tests.Support;

namespace Plotune.Mqtt.Payloads.Tests.Json;

public sealed class SharedTemplateTests
{
    private readonly RecordingRegistry _registry = new();
    private readonly DecodedMessage _message = new();
    private readonly PayloadDecoders _decoders;

    public SharedTemplateTests() => _decoders = new PayloadDecoders(_registry, new PayloadOptions());

    [Fact]
    public void Topics_that_write_alike_keep_their_own_signals()
    {
        string[] payloads = ["""{"value":1}""", """{"x":1,"y":{"z":2}}""", """{"value":1,"x":[1,2]}""", "5"];
        var topics = Enumerable.Range(0, 50).Select(i => $"t{i}").ToArray();
        var decoders = topics.Select(_decoders.Create).ToArray();
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < topics.Length; i++)
            {
                foreach (var payload in payloads)
                    Assert.All(Decode(decoders[i], payload), sample => Assert.Equal(topics[i], sample));
            }
        }
    }

    [Fact]
    public void More_kinds_of_payloads_than_are_remembered_are_decoded_all_the_same()
    {
        var decoder = _decoders.Create("t");
        for (var i = 0; i < 5000; i++)
        {
            var padding = new string(' ', i);
            Assert.Single(Decode(decoder, $$"""{ {{padding}}"value":{{i}}}"""));
            Assert.Equal(i, _message.Samples[0].Number);
            Assert.Single(Decode(_decoders.Create($"t{i}"), $$"""{ {{padding}}"value":{{i}}}"""));
            Assert.Equal(i, _message.Samples[0].Number);
        }
    }

    private string[] Decode(IPayloadDecoder decoder, string payload)
    {
        Assert.Equal(DecodeResult.Decoded, decoder.Decode(Encoding.UTF8.GetBytes(payload), 0, _message));
        Assert.NotEqual(0, _message.Samples.Length);
        return [.. _message.Samples.ToArray().Select(sample => _registry.Signals[sample.SignalId].Topic)];
    }
}
