using System.Text;
using Plotune.Mqtt.Payloads.Tests.Support;

namespace Plotune.Mqtt.Payloads.Tests.Json;

public sealed class AllocationTests
{
    private const int Messages = 100_000;
    private const int WarmUp = 20_000;

    public static TheoryData<string[]> KnownShapes => new(
        ["""{"value": 12.5, "timestamp": 1767323045.123}"""],
        ["""{"value":12.5,"unit":"°C","description":"oil","time":"2026-01-02T03:04:05Z"}"""],
        ["""{"a":{"b":[1,2.25,-3e5,0.30000000000000004,true,null]},"s":"text","e":"\u00e4","t":21.5}"""],
        ["""{"a":1,"b":2}""", """{"b":1,"a":2}""", """{"b":1}""", """{"a":{"c":1}}""", """{"a":null}""", "text", "12.5", "", """{"a":"\n"}""", """{"a":1,"a":2}""", """[1,2,3]"""],
        ["12.5"],
        ["hello"]);

    [Theory]
    [MemberData(nameof(KnownShapes))]
    public void A_known_shape_is_decoded_without_allocating(string[] payloads)
    {
        var topic = new Topic();
        var known = payloads.Select(Encoding.UTF8.GetBytes).ToArray();
        for (var i = 0; i < WarmUp; i++)
        {
            topic.Result(known[i % known.Length]);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Messages; i++)
        {
            topic.Result(known[i % known.Length]);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
