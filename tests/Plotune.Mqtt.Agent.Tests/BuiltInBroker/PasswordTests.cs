using System.Text;
using Plotune.Mqtt.Agent.BuiltInBroker;

namespace Plotune.Mqtt.Agent.Tests.BuiltInBroker;

public sealed class PasswordTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_stored_hash_knows_its_password_and_no_other()
    {
        var stored = PasswordHash.Of("sesame").ToStored();

        var hash = PasswordHash.FromStored(stored);

        Assert.NotNull(hash);
        Assert.True(hash.Matches("sesame"u8));
        Assert.False(hash.Matches("Sesame"u8));
        Assert.False(hash.Matches(""u8));
        Assert.DoesNotContain("sesame", stored, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_hashes_of_one_password_differ() => Assert.NotEqual(PasswordHash.Of("a").ToStored(), PasswordHash.Of("a").ToStored());

    [Theory]
    [InlineData("")]
    [InlineData("sesame")]
    [InlineData("pbkdf2-sha256$0$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("pbkdf2-sha256$2000000000$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("pbkdf2-sha256$1000$!$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("pbkdf2-sha256$1000$AAAAAAAAAAAAAAAAAAAAAA==$")]
    public void What_is_no_stored_hash_is_refused(string text) => Assert.Null(PasswordHash.FromStored(text));

    [Theory]
    [InlineData("me", "sesame", true)]
    [InlineData("me", "wrong", false)]
    [InlineData("you", "sesame", false)]
    [InlineData(null, "sesame", false)]
    [InlineData("me", null, false)]
    public async Task User_name_and_password_must_both_be_right_every_time(string? user, string? password, bool allowed)
    {
        using var login = new BrokerLogin("me", PasswordHash.Of("sesame"));
        var bytes = password is null ? null : Encoding.UTF8.GetBytes(password);

        Assert.Equal(allowed, await login.IsAllowedAsync(user, bytes, Cancel));
        Assert.True(await login.IsAllowedAsync("me", "sesame"u8.ToArray(), Cancel));
        Assert.Equal(allowed, await login.IsAllowedAsync(user, bytes, Cancel));
    }

    [Fact]
    public async Task Without_a_user_name_the_password_alone_counts()
    {
        using var login = new BrokerLogin("", PasswordHash.Of("sesame"));

        Assert.True(await login.IsAllowedAsync("anybody", "sesame"u8.ToArray(), Cancel));
        Assert.True(await login.IsAllowedAsync("somebody else", "sesame"u8.ToArray(), Cancel));
        Assert.False(await login.IsAllowedAsync("anybody", "wrong"u8.ToArray(), Cancel));
    }

    [Fact]
    public async Task Without_a_password_everybody_is_let_in()
    {
        using var login = new BrokerLogin("", null);

        Assert.True(await login.IsAllowedAsync(null, null, Cancel));
    }
}
