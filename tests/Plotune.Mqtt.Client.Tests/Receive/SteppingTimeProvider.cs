using Microsoft.Extensions.Time.Testing;

namespace Plotune.Mqtt.Client.Tests.Receive;

/// <summary>Time that advances only when told, and only as fast as a loop on <see cref="Task.Delay(TimeSpan, TimeProvider)"/> follows.</summary>
internal sealed class SteppingTimeProvider : FakeTimeProvider
{
    private int _armed;
    private int _fired;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(
            inner =>
            {
                Interlocked.Increment(ref _fired);
                callback(inner);
            },
            state,
            dueTime,
            period);
        Interlocked.Increment(ref _armed);
        return timer;
    }

    /// <summary>Waits until a timer runs.</summary>
    public Task ArmedAsync() => Eventually.TrueAsync("a timer runs", () => Volatile.Read(ref _armed) > 0);

    /// <summary>Advances in small steps; after each the loop has armed its timer again, or <paramref name="isOver"/>.</summary>
    public async Task AdvanceAsync(TimeSpan by, Func<bool> isOver)
    {
        TimeSpan step = TimeSpan.FromMilliseconds(250);
        for (TimeSpan done = TimeSpan.Zero; done < by && !isOver(); done += step)
        {
            int armed = Volatile.Read(ref _armed);
            int fired = Volatile.Read(ref _fired);
            Advance(step);
            int expected = armed + Volatile.Read(ref _fired) - fired;
            await Eventually.TrueAsync("the loop waits again", () => Volatile.Read(ref _armed) >= expected || isOver());
        }
    }
}
