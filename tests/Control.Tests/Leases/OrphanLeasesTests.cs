namespace FastFlannel.Control.Tests;

/// <summary>Etcd leases of which nobody knows whether they exist, in a real etcd.</summary>
public sealed class OrphanLeasesTests(EtcdProcess etcd) : IClassFixture<EtcdProcess>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_exists_is_revoked_and_one_that_may_yet_come_is_looked_for_as_long()
    {
        var clock = new OffsetTime();
        using var store = new EtcdStore(etcd.NewSettings(), clock);
        var orphans = new OrphanLeases(store);
        long there = await store.GrantAsync(TimeSpan.FromHours(1), Token);
        orphans.Remember(there);
        orphans.Remember(4711);
        await orphans.SettleAsync(Token);
        Assert.Null(await store.HasKeysAsync(there, Token));
        Assert.Equal(1, orphans.Count);

        clock.Offset = TimeSpan.FromMinutes(4);
        await orphans.SettleAsync(Token);
        Assert.Equal(1, orphans.Count);
        clock.Offset = TimeSpan.FromMinutes(6);
        await orphans.SettleAsync(Token);
        Assert.Equal(0, orphans.Count);
    }

    [Fact]
    public void An_etcd_that_stays_away_does_not_fill_the_memory()
    {
        using EtcdStore store = etcd.NewStore();
        var orphans = new OrphanLeases(store);
        for (long i = 1; i <= 100_000; i++)
            orphans.Remember(i);

        Assert.InRange(orphans.Count, 1, 100);
    }

    /// <summary>A clock that can be ahead.</summary>
    private sealed class OffsetTime : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override long GetTimestamp() => base.GetTimestamp() + (long)(Offset.TotalSeconds * TimestampFrequency);
    }
}
