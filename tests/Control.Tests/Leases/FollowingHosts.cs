namespace FastFlannel.Control.Tests;

/// <summary>Several hosts of one network, and what all of them must be like whatever happens to etcd.</summary>
internal sealed class FollowingHosts : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    // Long enough not to end while etcd is away; renewed every other second.
    private static readonly TimeSpan TimeToLive = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Margin = TimeToLive - TimeSpan.FromSeconds(2);

    private readonly EtcdSettings _settings;

    private FollowingHosts(EtcdSettings settings, FollowingHost[] all) => (_settings, All) = (settings, all);

    public IReadOnlyList<FollowingHost> All { get; }

    /// <summary>Starts hosts with the numbers from 1 on, and waits until they see each other.</summary>
    public static async Task<FollowingHosts> StartAsync(EtcdSettings settings, int count)
    {
        FollowingHost[] all = await Task.WhenAll(
            Enumerable.Range(1, count).Select(number => FollowingHost.StartAsync(settings, number, TimeToLive, Margin)));
        var hosts = new FollowingHosts(settings, all);
        await hosts.UntilTheySeeAsync([.. Enumerable.Range(1, count)]);
        return hosts;
    }

    /// <summary>The key of a host's lease.</summary>
    public string Key(int number) => LeaseKey.Format(_settings.Prefix, FollowingHost.SubnetOf(number));

    /// <summary>The value of a host's lease.</summary>
    public static string Value(int number) => FollowingHost.AttributesOf(number).ToJson();

    /// <summary>Waits until each has exactly these in force, but for itself.</summary>
    public async Task UntilTheySeeAsync(params int[] numbers)
    {
        await UntilAsync(() => Task.FromResult(All.All(Sees)));

        bool Sees(FollowingHost host) =>
            numbers.Where(number => number != host.Number).Select(FollowingHost.SubnetOf).ToHashSet().SetEquals(host.Peers);
    }

    /// <summary>Waits until each has logged a text.</summary>
    public Task UntilLoggedAsync(string text) => UntilAsync(() => Task.FromResult(All.All(host => host.Logger.Has(text))));

    /// <summary>Waits until each has renewed its lease once more.</summary>
    public async Task UntilRenewedAsync()
    {
        int[] before = [.. All.Select(Renewals)];
        await UntilAsync(() => Task.FromResult(All.Zip(before).All(pair => Renewals(pair.First) > pair.Second)));

        static int Renewals(FollowingHost host) => host.Logger.Lines.Count(line => line.StartsWith("Renewed", StringComparison.Ordinal));
    }

    /// <summary>Waits for a condition; a host that has ended fails the test.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Limit);
        while (!await condition())
        {
            foreach (Task ended in All.SelectMany(host => (Task[])[host.Watching, host.Renewing]).Where(task => task.IsCompleted))
                await ended;

            try
            {
                await Task.Delay(20, timeout.Token);
            }
            catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                Assert.Fail($"waited {Limit.TotalSeconds} s in vain; the hosts:\n{Describe()}");
            }
        }
    }

    /// <summary>No host was lost for a moment, and none told of its own subnet.</summary>
    public void AssertNobodyWasLost() => Assert.All(All, host =>
        Assert.DoesNotContain(host.Logger.Lines, line => All.Any(other =>
            line.StartsWith($"Peer removed: {FollowingHost.SubnetOf(other.Number)} ", StringComparison.Ordinal))));

    /// <summary>What a loop that spins would write all the time is bounded, and the own subnet is nobody's news.</summary>
    public void AssertQuiet() => Assert.All(All, host =>
    {
        string[] lines = [.. host.Logger.Lines.Where(line => !line.StartsWith("Renewed", StringComparison.Ordinal))];
        Assert.InRange(lines.Length, 1, 25);
        Assert.InRange(lines.Count(line => line.StartsWith("Lost sight", StringComparison.Ordinal)), 0, 6);
        Assert.DoesNotContain(lines, line => line.StartsWith("Peer", StringComparison.Ordinal)
            && line.Contains($" {FollowingHost.SubnetOf(host.Number)} ", StringComparison.Ordinal));
    });

    public async ValueTask DisposeAsync()
    {
        foreach (FollowingHost host in All)
            await host.DisposeAsync();
    }

    private string Describe() => string.Join('\n', All.Select(host =>
        $"host {host.Number} at {host.Endpoint} sees [{string.Join(", ", host.Peers)}]\n  {string.Join("\n  ", host.Logger.Lines.TakeLast(12))}"));
}
