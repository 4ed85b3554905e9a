using Plotune.Mqtt.Worker.Hosting;

namespace Plotune.Mqtt.Worker.Tests.Hosting;

public sealed class IdleMemoryTests
{
    private readonly IdleMemory _memory = new();

    [Fact]
    public void A_worker_that_was_never_busy_has_nothing_to_give_back() =>
        Assert.All(Enumerable.Range(0, 100), _ => Assert.False(_memory.Look(isBusy: false)));

    [Fact]
    public void Memory_is_given_back_once_after_ten_quiet_looks_in_a_row()
    {
        _memory.Look(isBusy: true);
        Look(9, expected: false);
        _memory.Look(isBusy: true);
        Look(9, expected: false);
        Look(1, expected: true);
        Look(100, expected: false);
        _memory.Look(isBusy: true);
        Look(9, expected: false);
        Look(1, expected: true);
    }

    private void Look(int times, bool expected)
    {
        for (int time = 0; time < times; time++)
            Assert.Equal(expected, _memory.Look(isBusy: false));
    }
}
