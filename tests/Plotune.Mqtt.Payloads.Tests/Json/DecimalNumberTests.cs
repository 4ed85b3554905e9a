using System.Globalization;
using System.Text;
using CsCheck;
using Plotune.Mqtt.Payloads.Json;

namespace Plotune.Mqtt.Payloads.Tests.Json;

public sealed class DecimalNumberTests
{
    [Fact]
    public void Doubles_have_the_bits_that_the_library_gives() =>
        Gen.OneOf(
            Gen.Double.Select(value => value.ToString("R", CultureInfo.InvariantCulture)).Where(text => !text.Contains('N', StringComparison.Ordinal) && !text.Contains('I', StringComparison.Ordinal)),
            Gen.Select(Gen.Long, Gen.Int[0, 22]).Select((value, decimals) => Decimal(value, decimals)),
            Gen.Select(Gen.ULong, Gen.Int[-400, 400]).Select((value, exponent) => string.Create(CultureInfo.InvariantCulture, $"{value}e{exponent}")),
            Gen.Select(Gen.Int[-10_000_000, 10_000_000], Gen.Int[0, 9]).Select((value, decimals) => Decimal(value, decimals)))
        .Sample(text => BitConverter.DoubleToInt64Bits(Read(text)) == BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)), iter: 200_000);

    [Theory]
    [InlineData("9007199254740992")]
    [InlineData("9007199254740993")]
    [InlineData("9007199254740993.0")]
    [InlineData("900719925474099.3")]
    [InlineData("0.9007199254740993")]
    [InlineData("0.00000000000000000000001")]
    [InlineData("0.0000000000000000000000000000001")]
    [InlineData("18446744073709551615")]
    [InlineData("18446744073709551616")]
    [InlineData("99999999999999999999")]
    [InlineData("2.2250738585072011e-308")]
    [InlineData("-0.0")]
    [InlineData("0e5")]
    public void Doubles_at_the_edges_have_the_bits_that_the_library_gives(string text) =>
        Assert.Equal(BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)), BitConverter.DoubleToInt64Bits(Read(text)));

    private static string Decimal(long value, int decimals)
    {
        var digits = Math.Abs((decimal)value).ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        return (value < 0 ? "-" : string.Empty) + (decimals == 0 ? digits : digits[..^decimals] + "." + digits[^decimals..]);
    }

    private static double Read(string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        var position = 0;
        Assert.True(DecimalNumber.TryReadJson(bytes, ref position, out var number));
        Assert.Equal(bytes.Length, position);
        return number.ToDouble(bytes);
    }
}
