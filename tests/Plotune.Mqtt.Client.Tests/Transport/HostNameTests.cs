namespace Plotune.Mqtt.Client.Tests.Transport;

public sealed class HostNameTests
{
    [Theory]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("BÜCHER.Example", "xn--bcher-kva.example")]
    [InlineData("straße.example.", "xn--strae-oqa.example.")]
    [InlineData("plc_ä.例え", "xn--plc_-ooa.xn--r8jz45g")]
    [InlineData("Broker.Example", "Broker.Example")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    [InlineData("192.168.0.10", "192.168.0.10")]
    [InlineData("fe80::1%eth0", "fe80::1%eth0")]
    public void A_name_with_other_letters_has_an_ASCII_form(string host, string expected)
    {
        Assert.Empty(HostName.Error(host));

        Assert.Equal(expected, HostName.ToAscii(host));
    }

    [Fact]
    public void A_name_without_an_ASCII_form_is_refused_and_stays_as_it_is()
    {
        var host = new string('ü', 60) + ".example";

        Assert.NotEmpty(HostName.Error(host));
        Assert.Equal(host, HostName.ToAscii(host));
    }
}
