using Plotune.Mqtt.Payloads.Tests.Support;

namespace Plotune.Mqtt.Payloads.Tests.Raw;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("+5", "=5")]
    [InlineData(".5", "=0.5")]
    [InlineData("-.5", "=-0.5")]
    [InlineData("5.", "=5")]
    [InlineData("1e3", "=1000")]
    [InlineData("1E+3", "=1000")]
    [InlineData("007", "=7")]
    [InlineData(" \t23.5\r\n", "=23.5")]
    [InlineData("nan", "=NaN")]
    [InlineData("-NaN", "=NaN")]
    [InlineData("inf", "=Infinity")]
    [InlineData("-Infinity", "=-Infinity")]
    [InlineData("+INF", "=Infinity")]
    [InlineData("1e999", "=Infinity")]
    [InlineData("true", "=true")]
    [InlineData("TRUE", "=true")]
    [InlineData(" False\n", "=false")]
    public void A_bare_number_or_boolean_is_the_value(string payload, string samples)
    {
        var topic = new Topic();

        Assert.Equal(samples, topic.Decode(payload));
        Assert.Equal(samples, topic.Decode(payload));
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("grüß dich")]
    [InlineData("   ")]
    [InlineData("1,5")]
    [InlineData("1 2")]
    [InlineData("1e")]
    [InlineData(".")]
    [InlineData("+")]
    [InlineData("-")]
    [InlineData("0x10")]
    [InlineData("1.2.3")]
    [InlineData("++1")]
    [InlineData("NULL")]
    [InlineData("infinit")]
    [InlineData("truer")]
    [InlineData("{\"a\":1")]
    [InlineData("{\"a\":1} x")]
    [InlineData("{\"a\":1}{\"a\":1}")]
    [InlineData("{a:1}")]
    [InlineData("{\"a\":01}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("[1,]")]
    [InlineData("[,1]")]
    [InlineData("[1 2]")]
    [InlineData("{\"a\" 1}")]
    [InlineData("{\"a\":+1}")]
    [InlineData("{\"a\":.5}")]
    [InlineData("{\"a\":5.}")]
    [InlineData("{\"a\":nan}")]
    [InlineData("{\"a\":True}")]
    [InlineData("{\"a\":\"x\ny\"}")]
    [InlineData("{\"a\":\"\\x\"}")]
    [InlineData("{\"a\":\"\\u12g4\"}")]
    [InlineData("[1]]")]
    [InlineData("[}")]
    [InlineData("// c\n1")]
    [InlineData("\0\0")]
    public void Any_other_text_is_a_text(string payload)
    {
        var topic = new Topic();

        Assert.Equal($"='{payload}'", topic.Decode(payload));
        Assert.Equal([string.Empty], topic.Paths);
    }

    [Theory]
    [InlineData("FF")]
    [InlineData("616263C3")]
    [InlineData("C080")]
    [InlineData("EDA080")]
    [InlineData("7B2261223A22FF227D")]
    [InlineData("7B22FF223A317D")]
    [InlineData("7B2261223A317D20FF")]
    [InlineData("F4908080")]
    public void Ill_formed_text_is_refused(string hex)
    {
        var topic = new Topic();

        Assert.Equal(DecodeResult.NotText, topic.Result(Convert.FromHexString(hex)));
        Assert.Equal(0, topic.Message.Samples.Length);
        Assert.Empty(topic.Registry.Signals);
    }

    [Theory]
    [InlineData("\uFEFF{\"a\":1}", "/a=1")]
    [InlineData("\uFEFF5", "=5")]
    [InlineData("\uFEFFtext", "='text'")]
    public void A_byte_order_mark_is_skipped(string payload, string samples)
    {
        var topic = new Topic();

        Assert.Equal(samples, topic.Decode(payload));
        Assert.Equal(samples, topic.Decode(payload));
    }
}
