using System.Text;
using System.Text.Json;
using Plotune.Mqtt.Payloads.Signed;
using Plotune.Mqtt.Payloads.Tests.Support;

namespace Plotune.Mqtt.Payloads.Tests.Signed;

public sealed class EnvelopeSignerTests
{
    private readonly EnvelopeSigner _signer = new("s3cret");

    [Theory]
    [MemberData(nameof(PythonEnvelopes.All), MemberType = typeof(PythonEnvelopes))]
    public void An_envelope_is_byte_for_byte_what_Python_makes_of_the_same_text(string secret, string payload, string expected)
    {
        Assert.True(new EnvelopeSigner(secret).TryWrap(Encoding.UTF8.GetBytes(payload), out var envelope));

        Assert.Equal(expected, Encoding.UTF8.GetString(envelope));
    }

    [Fact]
    public void Every_character_there_is_comes_back_out_of_the_JSON()
    {
        var text = new StringBuilder();
        for (var value = 0; value <= 0x10FFFF; value++)
        {
            if (Rune.IsValid(value))
            {
                text.Append(new Rune(value));
            }
        }

        var payload = Encoding.UTF8.GetBytes(text.ToString());
        Assert.True(_signer.TryWrap(payload, out var envelope));

        Assert.True(Ascii.IsValid(envelope));
        Assert.Equal(envelope.Length, EnvelopeSigner.LengthOf(payload));
        using var read = JsonDocument.Parse(envelope);
        Assert.Equal(text.ToString(), read.RootElement.GetProperty("payload").GetString());
    }

    public static TheoryData<byte[]> NoText => new(
        [0xFF],
        [(byte)'a', 0xC3],
        [0xC0, 0x80],
        [0xED, 0xA0, 0x80],
        [0xF4, 0x90, 0x80, 0x80],
        [.. "{\"a\":\""u8, 0x80, .. "\"}"u8]);

    [Theory]
    [MemberData(nameof(NoText))]
    public void What_is_no_text_cannot_be_signed(byte[] payload)
    {
        Assert.False(_signer.TryWrap(payload, out var envelope));

        Assert.Null(envelope);
    }

    [Fact]
    public void What_would_fit_into_no_packet_is_not_signed()
    {
        var payload = new byte[(EnvelopeSigner.MaximumLength / 6) + 1];

        Assert.True(EnvelopeSigner.LengthOf(payload) > EnvelopeSigner.MaximumLength);
        Assert.False(_signer.TryWrap(payload, out _));
    }

    [Fact]
    public void Several_threads_can_sign_at_once()
    {
        Assert.True(_signer.TryWrap("23.4"u8, out var expected));

        Parallel.For(0, 10_000, _ =>
        {
            Assert.True(_signer.TryWrap("23.4"u8, out var envelope));
            Assert.Equal(expected, envelope);
        });
    }

    [Fact]
    public void Without_a_secret_nothing_is_signed() => Assert.Throws<ArgumentException>(() => new EnvelopeSigner(""));
}
