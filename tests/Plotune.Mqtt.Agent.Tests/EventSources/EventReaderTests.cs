using System.Text;
using Plotune.Mqtt.Agent.EventSources.Redis;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Tests.EventSources;

public sealed class EventReaderTests
{
    private static readonly RedisSourceSettings Settings = new() { Name = "nemo", Connections = ["plant"] };

    [Fact]
    public void The_event_of_the_contract_becomes_a_message()
    {
        const string Payload = """{"event":"tool_enabled","tool_id":12,"tool_name":"AFM","start_time":"2026-02-27T10:15:00+00:00"}""";
        var taken = Read("""{"topic":"nemo/tools/12/enabled","payload":"{\"event\":\"tool_enabled\",\"tool_id\":12,\"tool_name\":\"AFM\",\"start_time\":\"2026-02-27T10:15:00+00:00\"}","qos":1,"retain":true,"timestamp":1772187300.25}""");

        Assert.NotNull(taken.Message);
        Assert.Equal(("nemo/tools/12/enabled", QualityOfService.AtLeastOnce, true, true), (taken.Message.Topic, taken.Message.QualityOfService, taken.Message.Retain, taken.Message.IsJson));
        Assert.Equal(Payload, Text(taken));
        Assert.Equal(1_772_187_300.25, taken.Time);
        Assert.False(taken.IsFilteredOut);
    }

    [Theory]
    [InlineData("", "The event is not JSON.")]
    [InlineData("{", "The event is not JSON.")]
    [InlineData("""{"topic":"a","payload":"b"} trailing""", "The event is not JSON.")]
    [InlineData("[]", "The event is no JSON object.")]
    [InlineData("null", "The event is no JSON object.")]
    [InlineData("\"text\"", "The event is no JSON object.")]
    [InlineData("""{"payload":"b"}""", "The event has no topic.")]
    [InlineData("""{"topic":null,"payload":"b"}""", "The event has no topic.")]
    [InlineData("""{"topic":7,"payload":"b"}""", "The topic of the event is no text.")]
    [InlineData("""{"topic":"a"}""", "The event has no payload.")]
    [InlineData("""{"topic":"a","payload":null}""", "The event has no payload.")]
    [InlineData("""{"topic":"","payload":"b"}""", "The topic name is empty.")]
    [InlineData("""{"topic":"a/+/b","payload":"b"}""", "A topic name must not contain the wildcards + and #.")]
    [InlineData("""{"topic":"a/#","payload":"b"}""", "A topic name must not contain the wildcards + and #.")]
    [InlineData("""{"topic":"a\u0000","payload":"b"}""", "The topic name must not contain the character U+0000.")]
    [InlineData("""{"topic":"a\u0007","payload":"b"}""", "The topic name must not contain control characters or Unicode non-characters.")]
    [InlineData("""{"topic":"a\ufffe","payload":"b"}""", "The topic name must not contain control characters or Unicode non-characters.")]
    [InlineData("""{"topic":"a\ufdd0","payload":"b"}""", "The topic name must not contain control characters or Unicode non-characters.")]
    [InlineData("""{"topic":"\ud800","payload":"b"}""", "A text in the event is not well-formed Unicode.")]
    [InlineData("""{"topic":"a","payload":"\udc00"}""", "A text in the event is not well-formed Unicode.")]
    [InlineData("""{"\ud800":1,"topic":"a","payload":"b"}""", "A text in the event is not well-formed Unicode.")]
    [InlineData("""{"topic":"a","payload":"b","qos":3}""", "The qos of the event is not 0, 1 or 2.")]
    [InlineData("""{"topic":"a","payload":"b","qos":-1}""", "The qos of the event is not 0, 1 or 2.")]
    [InlineData("""{"topic":"a","payload":"b","qos":1.5}""", "The qos of the event is not 0, 1 or 2.")]
    [InlineData("""{"topic":"a","payload":"b","qos":1e999}""", "The qos of the event is not 0, 1 or 2.")]
    [InlineData("""{"topic":"a","payload":"b","qos":"1"}""", "The qos of the event is not 0, 1 or 2.")]
    [InlineData("""{"topic":"a","payload":"b","retain":1}""", "The retain of the event is neither true nor false.")]
    [InlineData("""{"topic":"a","payload":"b","retain":"false"}""", "The retain of the event is neither true nor false.")]
    public void What_cannot_be_published_says_why(string raw, string fault)
    {
        var taken = Read(raw);

        Assert.Equal((fault, null), (taken.Fault, taken.Message));
        Assert.Equal(raw, Encoding.UTF8.GetString(taken.Raw.Span));
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_say_so()
    {
        var taken = new EventReader(Settings).Read("{\"topic\":\"\u00FF\",\"payload\":\"b\"}"u8.ToArray().Select(b => b is 0xC3 ? (byte)0xFF : b).ToArray());

        Assert.Equal("A text in the event is not well-formed Unicode.", taken.Fault);
    }

    [Fact]
    public void A_topic_that_is_too_long_says_so()
    {
        Assert.Equal("The topic name is longer than 65,535 bytes.", Read($$"""{"topic":"{{new string('t', 65_536)}}","payload":"b"}""").Fault);
    }

    [Theory]
    [InlineData("""{"topic":"a","payload":"b"}""", QualityOfService.AtLeastOnce, false, null)]
    [InlineData("""{"topic":"a","payload":"b","qos":null,"retain":null,"timestamp":"now"}""", QualityOfService.AtLeastOnce, false, null)]
    [InlineData("""{"topic":"a","payload":"b","qos":0,"retain":false,"timestamp":12}""", QualityOfService.AtMostOnce, false, 12.0)]
    [InlineData("""{"topic":"a","payload":"b","qos":2.0,"retain":true,"timestamp":12.5}""", QualityOfService.ExactlyOnce, true, 12.5)]
    public void What_is_not_said_has_a_default(string raw, QualityOfService quality, bool retain, double? time)
    {
        var taken = Read(raw);

        Assert.Equal((quality, retain, time), (taken.Message?.QualityOfService, taken.Message?.Retain, taken.Time));
    }

    [Theory]
    [InlineData("\"text\"", "text", false)]
    [InlineData("\"\"", "", false)]
    [InlineData("\"21.5\"", "21.5", true)]
    [InlineData("\"{\\\"a\\\":1}\"", "{\"a\":1}", true)]
    [InlineData("\"{\\\"a\\\":\"", "{\"a\":", false)]
    [InlineData("{\"a\": [1, 2]}", "{\"a\": [1, 2]}", true)]
    [InlineData("7", "7", true)]
    [InlineData("false", "false", true)]
    public void A_payload_that_is_no_text_goes_out_as_the_JSON_it_is(string payload, string published, bool isJson)
    {
        var taken = Read($$"""{"topic":"a","payload":{{payload}}}""");

        Assert.Equal((published, isJson), (Text(taken), taken.Message?.IsJson));
    }

    [Fact]
    public void Overrides_of_quality_and_retain_count_even_where_the_event_is_wrong()
    {
        var reader = new EventReader(Settings with { QualityOfService = QualityOfService.AtMostOnce, Retain = true });

        var message = reader.Read("""{"topic":"a","payload":"b","qos":9,"retain":"?"}"""u8.ToArray()).Message;

        Assert.Equal((QualityOfService.AtMostOnce, true), (message?.QualityOfService, message?.Retain));
    }

    [Theory]
    [InlineData("lab", "lab/nemo/tools/1")]
    [InlineData("lab/", "lab/nemo/tools/1")]
    [InlineData("lab/2", "lab/2/nemo/tools/1")]
    public void The_prefix_is_a_level_of_its_own(string prefix, string topic)
    {
        Assert.Equal(topic, new EventReader(Settings with { TopicPrefix = prefix }).Read("""{"topic":"nemo/tools/1","payload":"b"}"""u8.ToArray()).Message?.Topic);
    }

    [Fact]
    public void A_prefix_does_not_make_a_topic_of_none() =>
        Assert.Equal("The topic name is empty.", new EventReader(Settings with { TopicPrefix = "lab" }).Read("""{"topic":"","payload":"b"}"""u8.ToArray()).Fault);

    [Fact]
    public void The_first_override_that_matches_names_the_whole_topic()
    {
        var reader = new EventReader(Settings with { TopicPrefix = "lab", Topics = [new("nemo/tools/+/enabled", "displays/+"), new("nemo/#", "all/#")] });

        string? TopicOf(string topic) => reader.Read(Encoding.UTF8.GetBytes($$"""{"topic":"{{topic}}","payload":"b"}""")).Message?.Topic;

        Assert.Equal("displays/7", TopicOf("nemo/tools/7/enabled"));
        Assert.Equal("all/areas/3", TopicOf("nemo/areas/3"));
        Assert.Equal("lab/other/3", TopicOf("other/3"));
    }

    [Theory]
    [InlineData("""{"event":"tool_saved","tool_id":1}""", true)]
    [InlineData("""{"tool_id":1,"event":"tool_saved"}""", true)]
    [InlineData("""{"event":"tool_enabled"}""", false)]
    [InlineData("""{"event":"area_saved"}""", false)]
    [InlineData("""{"nested":{"event":"tool_saved"}}""", false)]
    [InlineData("""{"event":7}""", false)]
    [InlineData("""[{"event":"tool_saved"}]""", false)]
    [InlineData("tool_saved", false)]
    public void An_event_is_filtered_by_the_type_its_payload_names(string payload, bool isFilteredOut)
    {
        var reader = new EventReader(Settings with { Events = [new EventFilter("tool_saved", false), new EventFilter("tool_enabled", true)] });

        var taken = reader.Read(Encoding.UTF8.GetBytes(SourceFixture.Event(payload)));

        Assert.Equal((isFilteredOut, null), (taken.IsFilteredOut, taken.Fault));
    }

    private static TakenEvent Read(string raw) => new EventReader(Settings).Read(Encoding.UTF8.GetBytes(raw));

    private static string Text(TakenEvent taken) => Encoding.UTF8.GetString(taken.Message!.Payload.Span);
}
