using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public class SegmentationRefusalsTests
{
    [Fact]
    public void A_peer_is_refused_from_when_it_was_added()
    {
        var refusals = new SegmentationRefusals();
        Assert.False(refusals.Contains(Peer(0)));
        refusals.Add(Peer(0));
        Assert.True(refusals.Contains(Peer(0)));
        Assert.False(refusals.Contains(Peer(1)));
        Assert.False(refusals.Contains(new Ipv4Endpoint(Peer(0).Address, 1)));
    }

    [Fact]
    public void No_endpoint_stands_for_an_empty_place()
    {
        var refusals = new SegmentationRefusals();
        refusals.Add(Peer(0));
        Assert.False(refusals.Contains(default));
    }

    [Fact]
    public void Sixteen_peers_are_everybody()
    {
        var refusals = new SegmentationRefusals();
        for (int i = 0; i < 15; i++)
            refusals.Add(Peer(i));

        Assert.False(refusals.IsEverywhere);
        Assert.False(refusals.Contains(Peer(99)));
        refusals.Add(Peer(15));
        Assert.True(refusals.IsEverywhere);
        Assert.True(refusals.Contains(Peer(99)));
        refusals.Add(Peer(99));
        Assert.True(refusals.IsEverywhere);
    }

    [Fact]
    public void One_peer_over_and_over_is_one()
    {
        var refusals = new SegmentationRefusals();
        for (int i = 0; i < 100; i++)
            refusals.Add(Peer(0));

        Assert.False(refusals.IsEverywhere);
    }

    private static Ipv4Endpoint Peer(int number) => new(new Ipv4Address(0xC0000200 + (uint)number), 8285);
}
