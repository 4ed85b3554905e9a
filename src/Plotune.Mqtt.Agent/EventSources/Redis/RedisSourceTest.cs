namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>Connects once and looks, changing nothing.</summary>
internal static class RedisSourceTest
{
    public static async Task<SourceTestResult> RunAsync(RedisSourceSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            await using var link = await RedisLink.ConnectAsync(settings, cancellationToken);
            var lists = settings.Lists.Select(list => new RedisKeys(list)).ToArray();
            var lengths = await Task.WhenAll(lists.SelectMany(list => new[] { list.Events, list.InWork }).Select(key => link.Database.ListLengthAsync(key)));
            var holders = new List<string>();
            foreach (var list in lists)
            {
                if (await link.Database.StringGetAsync(list.Lease) is { IsNull: false } lease) holders.Add($"The list '{list.Name}' is worked by {LeaseHolder.Describe(lease!)}.");
            }

            var pending = lengths.Sum();
            return new SourceTestResult(true, string.Join(' ', [$"Redis at {settings.Address} answers; {pending} events wait in its lists.", .. holders]), pending);
        }
        catch (Exception exception) when (RedisFailure.IsExpected(exception))
        {
            return new SourceTestResult(false, RedisFailure.Describe(exception, settings), 0);
        }
    }
}

/// <summary>How a test of an event source ended.</summary>
/// <param name="Reason">A sentence a person can act on; also says so if all is well.</param>
/// <param name="Pending">Events in the lists.</param>
internal sealed record SourceTestResult(bool Success, string Reason, long Pending);
