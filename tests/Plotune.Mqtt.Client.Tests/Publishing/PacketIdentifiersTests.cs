using Plotune.Mqtt.Client.Publishing;

namespace Plotune.Mqtt.Client.Tests.Publishing;

public sealed class PacketIdentifiersTests
{
    private readonly PacketIdentifiers _identifiers = new();

    [Conformance("5.0", "MQTT-2.2.1-3")]
    [Fact]
    public void Every_identifier_but_zero_is_given_out_once()
    {
        var taken = Enumerable.Range(0, 65_535).Select(_ => _identifiers.Take()).ToHashSet();

        Assert.Equal(65_535, taken.Count);
        Assert.DoesNotContain((ushort)0, taken);
        Assert.Equal(0, _identifiers.Take());
    }

    [Fact]
    public void Returned_identifier_comes_again_after_all_others()
    {
        var first = _identifiers.Take();
        _identifiers.Return(first);

        var next = Enumerable.Range(0, 65_535).Select(_ =>
        {
            var identifier = _identifiers.Take();
            _identifiers.Return(identifier);
            return identifier;
        }).ToList();

        Assert.Equal(first, next[^1]);
        Assert.Equal(65_535, next.Distinct().Count());
    }

    [Fact]
    public void Only_free_identifier_is_found_wherever_it_is()
    {
        for (var i = 0; i < 65_535; i++)
            _identifiers.Take();
        foreach (var identifier in new ushort[] { 40_000, 1, 65_535, 63, 64, 128 })
        {
            _identifiers.Return(identifier);
            Assert.Equal(identifier, _identifiers.Take());
            Assert.Equal(0, _identifiers.Take());
        }
    }

    [Fact]
    public void Doubtful_identifier_is_clean_only_after_it_was_released()
    {
        _identifiers.DoubtAll();
        Assert.Equal(0, _identifiers.TakeClean());
        Assert.NotEqual(0, _identifiers.Take());
        var released = _identifiers.TakeUnclean();

        _identifiers.Return(released, isClean: true);

        Assert.Equal(released, _identifiers.TakeClean());
        Assert.Equal(0, _identifiers.TakeClean());
    }

    [Fact]
    public void Identifier_that_came_back_unclean_is_left_out_until_there_is_a_new_session()
    {
        var unclean = _identifiers.TakeClean();
        _identifiers.Return(unclean, isClean: false);

        var rest = Enumerable.Range(0, 65_534).Select(_ => _identifiers.TakeClean()).ToHashSet();
        Assert.DoesNotContain(unclean, rest);
        Assert.Equal((0, unclean), (_identifiers.TakeClean(), _identifiers.TakeUnclean()));

        _identifiers.Reset();
        Assert.Equal(65_535, Enumerable.Range(0, 65_535).Select(_ => _identifiers.TakeClean()).Where(identifier => identifier != 0).Distinct().Count());
    }
}
