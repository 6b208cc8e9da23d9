namespace FastFlannel.Lab.Tests;

public class BenchDaemonsTests
{
    [Fact]
    public void Counters_are_what_both_daemons_gained()
    {
        var found = BenchDaemons.Of(
            "fastflannel",
            0.3,
            [Status(allocated: 100, collections: 1, drops: 5), Status(allocated: 200, collections: 2, drops: 0)],
            [Status(allocated: 100, collections: 1, drops: 5), Status(allocated: 207, collections: 4, drops: 3)]);

        Assert.Equal(7, found.AllocatedBytes);
        Assert.Equal(2, found.Collections);
        Assert.Equal(new Dictionary<string, long> { ["noRoute"] = 6 }, found.Drops);
        Assert.Equal(2, found.Status?.Count);
    }

    [Fact]
    public void Drops_that_did_not_grow_are_left_out()
    {
        DaemonStatus same = Status(allocated: 0, collections: 0, drops: 5);

        Assert.Empty(BenchDaemons.Of("fastflannel", 0, [same, same], [same, same]).Drops!);
    }

    [Fact]
    public void One_daemon_without_a_status_makes_its_counters_unknown()
    {
        DaemonStatus one = Status(allocated: 0, collections: 0, drops: 0);
        var found = BenchDaemons.Of("fastflannel", 0.3, [one, one], [one, null]);

        Assert.Null(found.Status);
        Assert.Null(found.AllocatedBytes);
        Assert.Null(found.Collections);
        Assert.Null(found.Drops);
        Assert.Equal(0.3, found.IdleCpuPercent);
    }

    [Fact]
    public void So_does_a_status_without_the_field()
    {
        var found = BenchDaemons.Of("fastflannel", 0, [new(), new()], [new(), new()]);

        Assert.Null(found.AllocatedBytes);
        Assert.Null(found.Collections);
        Assert.Null(found.Drops);
    }

    private static DaemonStatus Status(long allocated, long collections, long drops)
    {
        var direction = new DaemonStatus.DirectionStatus
        {
            Drops = new Dictionary<string, long> { ["noRoute"] = drops },
        };
        return new DaemonStatus
        {
            LoopAllocatedBytes = allocated,
            Outbound = direction,
            Inbound = direction,
            Gc = new DaemonStatus.CollectorStatus { Collections = collections },
        };
    }
}
