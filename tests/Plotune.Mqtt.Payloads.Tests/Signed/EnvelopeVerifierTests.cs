using System.Security.Cryptography;
using System.Text;
using Plotune.Mqtt.Payloads.Signed;
using Plotune.Mqtt.Payloads.Tests.Support;

namespace Plotune.Mqtt.Payloads.Tests.Signed;

public sealed class EnvelopeVerifierTests : IDisposable
{
    private const string Secret = "s3cret";

    private readonly EnvelopeVerifier _verifier = new(Secret);

    [Theory]
    [MemberData(nameof(PythonEnvelopes.All), MemberType = typeof(PythonEnvelopes))]
    public void What_Python_signed_is_opened(string secret, string payload, string envelope)
    {
        using var verifier = new EnvelopeVerifier(secret);

        Assert.Equal(EnvelopeResult.Verified, verifier.Open(Encoding.UTF8.GetBytes(envelope), out var text));
        Assert.Equal(payload, Encoding.UTF8.GetString(text));
    }

    [Fact]
    public void What_was_wrapped_is_opened_whatever_it_is()
    {
        var signer = new EnvelopeSigner(Secret);
        var random = new Random(7);
        for (var i = 0; i < 2_000; i++)
        {
            var payload = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(200)).Select(_ => RandomRune(random).ToString())));
            Assert.True(signer.TryWrap(payload, out var envelope));

            Assert.Equal(EnvelopeResult.Verified, _verifier.Open(envelope, out var text));
            Assert.True(text.SequenceEqual(payload));
        }
    }

    [Theory]
    [InlineData("""{"payload":"aé😀\"","hmac":"HMAC","algo":"sha256"}""")]
    [InlineData("""{"algo":"sha256","hmac":"HMAC","payload":"aé😀\""}""")]
    [InlineData(""" { "payload" : "a\u00E9\ud83d\uDE00\u0022" ,"hmac":"HMAC", "algo"  :"sha256"  } """)]
    [InlineData("\uFEFF\r\n\t{\"payload\":\"\\u0061\u00e9\\uD83D\\ude00\\\"\",\"hmac\":\"HMAC\",\"algo\":\"sha256\"}\n")]
    [InlineData("""{"p\u0061yload":"aé😀\"","\u0068mac":"HMAC","al\u0067o":"sha\u0032\u0035\u0036"}""")]
    [InlineData("""{"version":1,"payload":"aé😀\"","hmac":"HMAC","algo":"sha256","key":{"id":["hmac",{"hmac":null}]},"version":2}""")]
    public void An_envelope_may_be_written_in_any_way_that_says_the_same(string written)
    {
        Assert.Equal(EnvelopeResult.Verified, Open(written.Replace("HMAC", HmacOf("aé😀\""), StringComparison.Ordinal), out var text));
        Assert.Equal("aé😀\"", text);
    }

    [Fact]
    public void An_HMAC_may_be_escaped_too()
    {
        var hmac = string.Concat(HmacOf("1").Select(digit => $"\\u{(int)digit:x4}"));

        Assert.Equal(EnvelopeResult.Verified, Open($$"""{"payload":"1","hmac":"{{hmac}}","algo":"sha256"}""", out var text));
        Assert.Equal("1", text);
        Assert.Equal(EnvelopeResult.BadSignature, Open($$"""{"payload":"1","hmac":"{{hmac}}0","algo":"sha256"}""", out _));
        Assert.Equal(EnvelopeResult.BadSignature, Open($$"""{"payload":"1","hmac":"{{hmac[..^6]}}","algo":"sha256"}""", out _));
    }

    [Theory]
    [InlineData("", EnvelopeResult.NotSigned)]
    [InlineData("23.4", EnvelopeResult.NotSigned)]
    [InlineData("running", EnvelopeResult.NotSigned)]
    [InlineData("""{"value":23.4}""", EnvelopeResult.NotSigned)]
    [InlineData("{}", EnvelopeResult.NotSigned)]
    [InlineData("null", EnvelopeResult.NotSigned)]
    [InlineData("""["payload","hmac","algo"]""", EnvelopeResult.NotSigned)]
    [InlineData("""[{"payload":"1","hmac":"HMAC","algo":"sha256"}]""", EnvelopeResult.NotSigned)]
    [InlineData("""{"signed":{"payload":"1","hmac":"HMAC","algo":"sha256"}}""", EnvelopeResult.NotSigned)]
    [InlineData("""{"hmac":"HMAC","algo":"sha256"}""", EnvelopeResult.NotSigned)]
    [InlineData("""{"payload":"1","algo":"sha256"}""", EnvelopeResult.NotSigned)]
    [InlineData("""{"payload":"1","hmac":"HMAC"}""", EnvelopeResult.NotSigned)]
    [InlineData("""{"Payload":"1","HMAC":"HMAC","ALGO":"sha256"}""", EnvelopeResult.NotSigned)]
    [InlineData("""{"payload":1,"hmac":"HMAC","algo":"sha256"}""", EnvelopeResult.NotSigned)]
    [InlineData("""{"payload":{"value":1},"hmac":"HMAC","algo":"sha256"}""", EnvelopeResult.NotSigned)]
    [InlineData("""{"payload":"1","hmac":null,"algo":"sha256"}""", EnvelopeResult.NotSigned)]
    [InlineData("""{"payload":"1","hmac":["HMAC"],"algo":"sha256"}""", EnvelopeResult.NotSigned)]
    [InlineData("""{"payload":"1","hmac":"HMAC","algo":256}""", EnvelopeResult.NotSigned)]
    [InlineData("""{"payload":"1","payload":"1","hmac":"HMAC","algo":"sha256"}""", EnvelopeResult.NotSigned)]
    [InlineData("""{"payload":"1","hmac":"HMAC","hm\u0061c":"HMAC","algo":"sha256"}""", EnvelopeResult.NotSigned)]
    [InlineData("""{"payload":"1","hmac":"HMAC","algo":"sha256","algo":"sha256"}""", EnvelopeResult.NotSigned)]
    [InlineData("""{"payload":"1","hmac":"HMAC","algo":"sha256"}{}""", EnvelopeResult.NotSigned)]
    [InlineData("""{"payload":"1","hmac":"HMAC","algo":"sha256",}""", EnvelopeResult.NotSigned)]
    [InlineData("""{"payload":"\x31","hmac":"HMAC","algo":"sha256"}""", EnvelopeResult.NotSigned)]
    [InlineData("""{'payload':'1','hmac':'HMAC','algo':'sha256'}""", EnvelopeResult.NotSigned)]
    [InlineData("{\"payload\":\"1\",\"hmac\":\"HMAC\",\"algo\":\"sha256\",\"a\":\"\n\"}", EnvelopeResult.NotSigned)]
    [InlineData("""{"payload":"1","hmac":"HMAC","algo":"SHA256"}""", EnvelopeResult.UnknownAlgorithm)]
    [InlineData("""{"payload":"1","hmac":"HMAC","algo":"sha512"}""", EnvelopeResult.UnknownAlgorithm)]
    [InlineData("""{"payload":"1","hmac":"HMAC","algo":"sha2567"}""", EnvelopeResult.UnknownAlgorithm)]
    [InlineData("""{"payload":"1","hmac":"HMAC","algo":"sha25\u0037 and a good deal more"}""", EnvelopeResult.UnknownAlgorithm)]
    [InlineData("""{"payload":"1","hmac":"HMAC","algo":"none"}""", EnvelopeResult.UnknownAlgorithm)]
    [InlineData("""{"payload":"1","hmac":"","algo":""}""", EnvelopeResult.UnknownAlgorithm)]
    [InlineData("""{"payload":"2","hmac":"HMAC","algo":"sha256"}""", EnvelopeResult.BadSignature)]
    [InlineData("""{"payload":"1 ","hmac":"HMAC","algo":"sha256"}""", EnvelopeResult.BadSignature)]
    [InlineData("""{"payload":"1\u0000","hmac":"HMAC","algo":"sha256"}""", EnvelopeResult.BadSignature)]
    [InlineData("""{"payload":"1","hmac":"","algo":"sha256"}""", EnvelopeResult.BadSignature)]
    [InlineData("""{"payload":"1","hmac":"HMACHMAC","algo":"sha256"}""", EnvelopeResult.BadSignature)]
    [InlineData("""{"payload":"1","hmac":" HMAC","algo":"sha256"}""", EnvelopeResult.BadSignature)]
    [InlineData("""{"payload":"1","hmac":"UPPER","algo":"sha256"}""", EnvelopeResult.BadSignature)]
    [InlineData("""{"payload":"\ud800","hmac":"HMAC","algo":"sha256"}""", EnvelopeResult.BadSignature)]
    public void Anything_else_is_refused_and_gives_no_text(string message, EnvelopeResult expected)
    {
        var hmac = HmacOf("1");
        message = message.Replace("HMAC\"", hmac + "\"", StringComparison.Ordinal).Replace("UPPER", hmac.ToUpperInvariant(), StringComparison.Ordinal);

        Assert.Equal(expected, Open(message, out var text));
        Assert.Equal("", text);

        // Whatever came before, the next envelope is judged by itself.
        Assert.Equal(EnvelopeResult.Verified, Open($$"""{"payload":"1","hmac":"{{hmac}}","algo":"sha256"}""", out text));
        Assert.Equal("1", text);
    }

    [Fact]
    public void An_envelope_of_another_secret_is_refused()
    {
        Assert.True(new EnvelopeSigner("S3cret").TryWrap("1"u8, out var envelope));

        Assert.Equal(EnvelopeResult.BadSignature, _verifier.Open(envelope, out _));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        byte[] envelope = [.. "{\"payload\":\""u8, 0xFF, .. "\",\"hmac\":\""u8, .. Encoding.ASCII.GetBytes(HmacOf("1")), .. "\",\"algo\":\"sha256\"}"u8];

        Assert.Equal(EnvelopeResult.NotSigned, _verifier.Open(envelope, out _));
    }

    [Fact]
    public void No_part_of_an_envelope_is_one()
    {
        var envelope = Sample();
        for (var length = 0; length < envelope.Length; length++)
        {
            Assert.NotEqual(EnvelopeResult.Verified, _verifier.Open(envelope.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void However_a_byte_is_changed_the_text_is_the_signed_one_or_none()
    {
        var envelope = Sample();
        var verified = 0;
        for (var at = 0; at < envelope.Length; at++)
        {
            var original = envelope[at];
            for (var value = 0; value <= byte.MaxValue; value++)
            {
                envelope[at] = (byte)value;
                if (_verifier.Open(envelope, out var text) == EnvelopeResult.Verified)
                {
                    verified++;
                    Assert.Equal("{\"value\":1}é", Encoding.UTF8.GetString(text));
                }
            }

            envelope[at] = original;
        }

        // As it was at each place, with other white space at five of them, and \u00E9.
        Assert.Equal(envelope.Length + (5 * 3) + 1, verified);
    }

    [Theory]
    [InlineData("[", 1_000_000)]
    [InlineData("""{"payload":""", 100_000)]
    [InlineData("""{"payload":"1","hmac":"2","algo":"sha256",""", 20_000)]
    [InlineData("1,", 500_000)]
    public void A_huge_message_that_is_no_envelope_takes_no_memory(string part, int times)
    {
        var message = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(part, times)));
        var array = Encoding.UTF8.GetBytes($"[{string.Concat(Enumerable.Repeat(part, times))}1]");
        _verifier.Open(message, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(EnvelopeResult.NotSigned, _verifier.Open(message, out _));
        Assert.Equal(EnvelopeResult.NotSigned, _verifier.Open(array, out _));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
    }

    [Fact]
    public void Members_of_others_are_allowed_up_to_a_limit()
    {
        string Extra(int values) => $$"""{"extra":[{{string.Join(',', Enumerable.Repeat("1", values))}}],"payload":"1","hmac":"{{HmacOf("1")}}","algo":"sha256"}""";

        Assert.Equal(EnvelopeResult.Verified, Open(Extra(EnvelopeVerifier.MaximumValues - 5), out _));
        Assert.Equal(EnvelopeResult.NotSigned, Open(Extra(EnvelopeVerifier.MaximumValues - 4), out _));
    }

    [Fact]
    public void A_huge_text_is_opened_and_its_memory_kept_only_while_they_are_huge()
    {
        var huge = Sign(new string('"', 3 << 20));
        var small = Sign("\"\"");

        Assert.InRange(Allocated(huge, 3 << 20), 6 << 20, 7 << 20);
        Assert.InRange(Allocated(huge, 3 << 20), 0, 4096);
        Assert.InRange(Allocated(small, 2), 1 << 20, 2 << 20);
        Assert.InRange(Allocated(small, 2), 0, 4096);
        Assert.InRange(Allocated(huge, 3 << 20), 6 << 20, 7 << 20);

        long Allocated(byte[] envelope, int length)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var result = _verifier.Open(envelope, out var text);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal((EnvelopeResult.Verified, length), (result, text.Length));
            return allocated;
        }
    }

    [Fact]
    public void A_message_is_opened_without_allocating()
    {
        byte[][] messages = [Sample(), Sign("23.4"), "23.4"u8.ToArray(), [.. Sample()[..^20], .. "\"algo\":\"md5\"}"u8], Sign(new string('\n', 5_000))];
        Run(20_000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Run(100_000);

        // The cryptographic library allocates once in a while, not per message.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);

        void Run(int count)
        {
            for (var i = 0; i < count; i++)
            {
                _verifier.Open(messages[i % messages.Length], out _);
            }
        }
    }

    [Fact]
    public void Without_a_secret_nothing_is_verified() => Assert.Throws<ArgumentException>(() => new EnvelopeVerifier(""));

    public void Dispose() => _verifier.Dispose();

    private static byte[] Sample() => Encoding.UTF8.GetBytes($$"""{"payload": "{\"value\":1}\u00e9", "hmac": "{{HmacOf("{\"value\":1}é")}}", "algo": "sha256"}""");

    private static byte[] Sign(string text)
    {
        Assert.True(new EnvelopeSigner(Secret).TryWrap(Encoding.UTF8.GetBytes(text), out var envelope));
        return envelope;
    }

    private static string HmacOf(string text) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(text)));

    private static Rune RandomRune(Random random)
    {
        int[] ends = [0x80, 0x800, 0xD800, 0x110000];
        var value = random.Next(ends[random.Next(ends.Length)]);
        return Rune.IsValid(value) ? new Rune(value) : new Rune('"');
    }

    private EnvelopeResult Open(string message, out string text)
    {
        var result = _verifier.Open(Encoding.UTF8.GetBytes(message), out var bytes);
        text = Encoding.UTF8.GetString(bytes);
        return result;
    }
}
