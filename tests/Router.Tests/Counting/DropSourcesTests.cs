using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public class DropSourcesTests
{
    [Fact]
    public void Sources_are_counted_by_reason()
    {
        var sources = new DropSources();
        sources.Add(new Ipv4Address(1), DropReason.UnknownPeer);
        sources.Add(new Ipv4Address(1), DropReason.UnknownPeer, 4);
        sources.Add(new Ipv4Address(1), DropReason.Malformed);
        sources.Add(new Ipv4Address(uint.MaxValue), DropReason.UnknownPeer);

        Assert.Equal(
            [
                new DropSource(new Ipv4Address(1), DropReason.UnknownPeer, 5),
                new DropSource(new Ipv4Address(1), DropReason.Malformed, 1),
                new DropSource(new Ipv4Address(uint.MaxValue), DropReason.UnknownPeer, 1),
            ],
            sources.Snapshot());
    }

    [Fact]
    public void Heavy_sources_are_seen_among_any_number_of_light_ones_and_the_table_does_not_grow()
    {
        var sources = new DropSources();
        for (uint i = 0; i < 100_000; i++)
        {
            sources.Add(new Ipv4Address(1000 + i), DropReason.UnknownPeer);
            if (i % 10 == 0)
                sources.Add(new Ipv4Address(7), DropReason.UnknownPeer);
        }

        IReadOnlyList<DropSource> seen = sources.Snapshot();
        Assert.Equal(32, seen.Count);
        Assert.InRange(seen.Single(source => source.Address == new Ipv4Address(7)).Packets, 10_000, 15_000);
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        var sources = new DropSources();
        uint address = 0;
        AllocationAssert.None(() => { }, () => sources.Add(new Ipv4Address(address += 7919), DropReason.UnknownPeer));
    }
}
