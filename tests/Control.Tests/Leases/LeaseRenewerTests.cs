using System.Collections.Concurrent;

namespace FastFlannel.Control.Tests;

/// <summary>A lease that is kept alive in a real etcd.</summary>
public sealed class LeaseRenewerTests(EtcdProcess etcd) : IClassFixture<EtcdProcess>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_short_lease_is_renewed_in_time_again_and_again_and_leaves_no_etcd_lease_behind()
    {
        HashSet<string> before = await etcd.LeasesAsync();
        await using FollowingHost host = await FollowingHost.StartAsync(
            etcd.NewSettings(), 1, timeToLive: TimeSpan.FromSeconds(3), margin: TimeSpan.FromSeconds(2));
        Lease first = host.Own.Current;
        await UntilAsync(host, () => host.Logger.Lines.Count(line => line.StartsWith("Renewed", StringComparison.Ordinal)) >= 5);

        // Longer than it would have lived; and it was never put back.
        Assert.Equal(first.Attributes, host.Own.Current.Attributes);
        Assert.NotEqual(first.EtcdLeaseId, host.Own.Current.EtcdLeaseId);
        Assert.False(host.Logger.Has("put back"));
        await host.StopAsync();
        Assert.Equal(before.Count + 1, (await etcd.LeasesAsync()).Count);
    }

    [Fact]
    public async Task Restarts_leave_no_etcd_lease_behind()
    {
        HashSet<string> before = await etcd.LeasesAsync();
        using EtcdStore store = etcd.NewStore();
        NetworkConfig config = NetworkConfigReader.Read("""{"Network":"10.5.0.0/16"}""").Value!;
        for (int run = 0; run < 4; run++)
        {
            var logger = new RecordingLogger();
            var registry = new LeaseRegistry(store);
            Lease lease = await new LeaseAcquirer(registry, new Random(run), logger)
                .AcquireAsync(config, FollowingHost.AttributesOf(1), null, Token);
            using var own = new OwnLease(registry, lease, TimeProvider.System, logger);
            Assert.True(await own.TryRenewAsync(Token));
        }

        Assert.Equal(before.Count + 1, (await etcd.LeasesAsync()).Count);
    }

    [Fact]
    public async Task Failed_renewals_back_off_with_jitter_and_are_told_once()
    {
        using var store = new EtcdStore(EtcdSettings.Parse(["http://127.0.0.1:1"], "/x"), TimeProvider.System);
        var logger = new RecordingLogger();
        var time = new HastyTime();
        var status = new NodeStatus();
        var lease = new Lease(FollowingHost.SubnetOf(1), FollowingHost.AttributesOf(1), EtcdLeaseId: 1, ModRevision: 1);
        using var own = new OwnLease(new LeaseRegistry(store), lease, TimeProvider.System, logger);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task renewing = new LeaseRenewer(status, time, logger).RunAsync(own, TimeSpan.FromHours(1), stop.Token);
        const int Pauses = 12;
        using (var timeout = new CancellationTokenSource(Limit))
        {
            while (time.Pauses.Count <= Pauses)
                await Task.Delay(5, timeout.Token);
        }

        await stop.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => renewing);

        TimeSpan[] pauses = [.. time.Pauses.Take(Pauses + 1)];
        Assert.InRange(pauses[0], TimeSpan.FromHours(22.9), TimeSpan.FromHours(23));
        double[] jitter = [.. pauses.Skip(1).Select((pause, i) => pause.TotalSeconds / Math.Min(30, 1 << i))];
        Assert.All(jitter, one => Assert.InRange(one, 0.74, 1.26));
        Assert.True(jitter.Max() - jitter.Min() > 0.01, string.Join(' ', jitter));
        Assert.Single(logger.Lines, line => line.StartsWith("Could not renew", StringComparison.Ordinal));
        Assert.Contains("could not renew the lease of 10.5.1.0/24", status.LeaseTrouble, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20, 3)]
    [InlineData(23.5, 0)]
    [InlineData(30, 0)]
    public async Task Renewing_that_begins_again_goes_by_what_is_left(double hoursAgo, double hoursToWait)
    {
        using var store = new EtcdStore(EtcdSettings.Parse(["http://127.0.0.1:1"], "/x"), TimeProvider.System);
        var clock = new ManualTime();
        var time = new HastyTime();
        var lease = new Lease(FollowingHost.SubnetOf(1), FollowingHost.AttributesOf(1), EtcdLeaseId: 1, ModRevision: 1);
        using var own = new OwnLease(new LeaseRegistry(store), lease, clock, new RecordingLogger());
        clock.Advance(TimeSpan.FromHours(hoursAgo));

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task renewing = new LeaseRenewer(new NodeStatus(), time, new RecordingLogger()).RunAsync(own, TimeSpan.FromHours(1), stop.Token);
        using (var timeout = new CancellationTokenSource(Limit))
        {
            while (time.Pauses.Count < 2)
                await Task.Delay(5, timeout.Token);
        }

        await stop.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => renewing);

        // Task.Delay makes no timer to wait for nothing; what follows is the pause after a renewal that failed.
        TimeSpan first = time.Pauses.First();
        if (hoursToWait > 0)
            Assert.Equal(TimeSpan.FromHours(hoursToWait), first);
        else
            Assert.InRange(first, TimeSpan.FromSeconds(0.7), TimeSpan.FromSeconds(1.3));
    }

    [Fact]
    public async Task What_is_left_of_a_reservation_that_was_released_is_what_etcd_says()
    {
        using EtcdStore store = etcd.NewStore();
        var registry = new LeaseRegistry(store);
        var clock = new ManualTime();
        Lease lease = (await registry.TryCreateAsync(FollowingHost.SubnetOf(1), FollowingHost.AttributesOf(1), Token))!;
        using var own = new OwnLease(registry, lease, clock, new RecordingLogger());
        Lease reservation = (await registry.TryReserveAsync(lease, Token))!;
        await own.ObserveAsync(reservation, Token);
        Assert.Null(own.Status.Left);

        clock.Advance(TimeSpan.FromDays(3));
        await own.ObserveAsync((await registry.TryReleaseAsync(reservation, Token))!, Token);
        Assert.InRange(own.Status.Left!.Value, TimeSpan.FromHours(23.9), TimeSpan.FromHours(24));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.InRange(own.Status.Left!.Value, TimeSpan.FromHours(22.9), TimeSpan.FromHours(23));
    }

    private static async Task UntilAsync(FollowingHost host, Func<bool> condition)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Token);
        timeout.CancelAfter(Limit);
        while (!condition())
        {
            if (host.Renewing.IsCompleted)
                await host.Renewing;

            await Task.Delay(20, timeout.Token);
        }
    }

    /// <summary>A clock whose timers are due at once and are noted.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public ConcurrentQueue<TimeSpan> Pauses { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Enqueue(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
