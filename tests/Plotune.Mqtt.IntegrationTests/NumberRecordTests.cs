using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

public sealed class NumberRecordTests
{
    [Theory]
    [InlineData("0 1 2 3", true, "4 numbers from 0 to 3; 0 gaps; 0 late; 0 repeated")]
    [InlineData("0 1 2 1 2 3", true, "4 numbers from 0 to 3; 0 gaps; 0 late; 2 repeated (1, 2)")]
    [InlineData("0 2 1 3", false, "4 numbers from 0 to 3; 0 gaps; 1 late (1); 0 repeated")]
    [InlineData("0 3", false, "2 numbers from 0 to 3; 1 gaps (1-2); 0 late; 0 repeated")]
    [InlineData("1 2 3", false, "3 numbers from 1 to 3; 0 gaps; 0 late; 0 repeated")]
    [InlineData("0 1 2 3 4", false, "5 numbers from 0 to 4; 0 gaps; 0 late; 0 repeated")]
    [InlineData("0 0 0 0", false, "1 numbers from 0 to 0; 0 gaps; 0 late; 3 repeated (0, 0, 0)")]
    [InlineData("", false, "nothing")]
    public void Numbers_are_all_there_in_order_but_for_repeats_or_it_is_said_what_is_wrong(string numbers, bool isRight, string shown)
    {
        var record = new NumberRecord();
        foreach (var number in numbers.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            record.Add(long.Parse(number, System.Globalization.CultureInfo.InvariantCulture));

        Assert.Equal(shown, record.ToString());
        var failure = Record.Exception(() => record.AssertAllInOrder(0, 3));
        Assert.Equal(isRight, failure is null);
        if (failure is not null)
            Assert.Contains(shown, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gaps_at_both_ends_are_gaps_too()
    {
        var record = new NumberRecord();
        record.Add(5);
        record.Add(7);

        Assert.Equal([(3L, 4L), (6, 6), (8, 9)], record.Gaps(3, 9));
        Assert.False(record.HasAll(3, 9));
        Assert.True(record.HasAll(7, 7));
    }

    [Theory]
    [InlineData("17", 17L)]
    [InlineData("""{"value": 17, "timestamp": 1766000000.5}""", 17L)]
    [InlineData("""{"payload": "{\"value\": 17}", "hmac": "00", "algo": "sha256"}""", 17L)]
    [InlineData("""{"payload": "17", "hmac": "00", "algo": "sha256"}""", 17L)]
    [InlineData("17.5", null)]
    [InlineData("running", null)]
    [InlineData("", null)]
    [InlineData("""{"speed": 17}""", null)]
    [InlineData("""{"value": null}""", null)]
    [InlineData("[17]", null)]
    public void A_payload_stands_for_its_number(string payload, long? number) => Assert.Equal(number, NumberRecord.NumberIn(payload));
}
