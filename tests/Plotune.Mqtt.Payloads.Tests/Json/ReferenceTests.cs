using System.Text;
using CsCheck;
using Plotune.Mqtt.Payloads.Tests.Support;

namespace Plotune.Mqtt.Payloads.Tests.Json;

/// <summary>Against a reference on JsonDocument, with payloads that share shapes and payloads that do not.</summary>
public sealed class ReferenceTests
{
    private static readonly string[] Documents =
    [
        """{"device":{"id":"press-0001","online":true},"phases":[1.5,-2.25,3e2],"mode":"aüto","e":"\u00e4\n","nul":null,"timestamp":1767323045.123}""",
        """{"value": 12.5, "timestamp": 1767323045.123}""",
        """ [ 0 , true , false , null , "x" , { } , [ ] ] """,
        """{"a":1,"a":{"b":"\ud83d\ude00"},"a":[1,{"c":2}]}""",
        "-12.5e-3",
        "\"text ü\"",
        "true",
        "null",
    ];

    [Fact]
    public void Any_sequence_of_payloads_gives_what_the_reference_gives() =>
        Gen.Select(Gen.Int[0, 5].Array[1, 12], Gen.Int, Gen.Int).Sample(
            (picks, shapeSeed, valueSeed) =>
            {
                var payloads = picks.Select((pick, i) => RandomJson.Payload(unchecked(shapeSeed + pick), unchecked(valueSeed + i))).ToArray();
                return AgreesOnAll(payloads);
            },
            iter: 6_000);

    [Fact]
    public void Any_damage_to_a_payload_gives_what_the_reference_gives() =>
        Gen.Select(Gen.Int[0, Documents.Length - 1], Gen.Int[0, 200], Gen.OneOf(Gen.Byte, Gen.Char["{}[]\",:\\ \n0129-+.eEtrufalsn"].Select(character => (byte)character)), Gen.Int[0, 2]).Sample(
            (pick, at, value, way) =>
            {
                var whole = Encoding.UTF8.GetBytes(Documents[pick]);
                at %= whole.Length;
                byte[] damaged = way switch
                {
                    0 => [.. whole[..at], value, .. whole[(at + 1)..]],
                    1 => [.. whole[..at], value, .. whole[at..]],
                    _ => [.. whole[..at], .. whole[(at + 1)..]],
                };
                return AgreesOnAll(whole, damaged, whole);
            },
            iter: 50_000);

    [Fact]
    public void A_payload_cut_anywhere_gives_what_the_reference_gives()
    {
        foreach (var document in Documents)
        {
            var whole = Encoding.UTF8.GetBytes(document);
            for (var length = 0; length <= whole.Length; length++)
            {
                Assert.True(AgreesOnAll(whole[..length]), $"{document} cut at {length}, unknown");
                Assert.True(AgreesOnAll(whole, whole[..length], whole), $"{document} cut at {length}, known");
            }
        }
    }

    private static bool AgreesOnAll(params byte[][] payloads)
    {
        var topic = new Topic();
        var reference = new ReferenceDecoder(new PayloadOptions());
        foreach (var payload in payloads)
        {
            var expected = reference.Decode(payload);
            var result = topic.Result(payload);
            var decoded = result != DecodeResult.Decoded ? result.ToString() : ReferenceDecoder.Sorted(topic.Samples(topic.Message), topic.Message.TimeMicros);
            if (decoded != expected)
            {
                throw new InvalidOperationException($"{string.Join('\n', payloads.Select(Encoding.UTF8.GetString))}\nat {Encoding.UTF8.GetString(payload)}\nexpected {expected}\ndecoded  {decoded}");
            }
        }

        return true;
    }
}
