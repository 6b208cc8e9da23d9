using FastFlannel.Native;

namespace FastFlannel.Lab.Tests;

public class StormPeersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(StormPeers.MaxCount - 1)]
    public void An_address_tells_whose_lease_it_is_and_of_which_generation(int flapping)
    {
        var peers = new StormPeers(flapping + 1, steady: 1, "/x");
        foreach (int peer in new[] { 0, (flapping + 1) / 2, flapping }.Distinct())
        {
            for (long generation = 0; generation < 200; generation++)
            {
                Assert.True(peers.TryIdentify(AddressIn(peers.ValueOf(peer, generation)), out int owner, out long found));
                Assert.Equal((peer, generation), (owner, found));
                Assert.Equal(generation + 1, peers.BeginNext(peer));
            }
        }
    }

    [Fact]
    public void An_address_of_a_generation_before_is_not_taken_for_the_present_one()
    {
        var peers = new StormPeers(100, steady: 1, "/x");
        uint old = AddressIn(peers.ValueOf(7, 0));
        for (int i = 0; i < 10; i++)
            _ = peers.BeginNext(7);

        Assert.True(peers.TryIdentify(old, out _, out long generation));
        Assert.Equal(0, generation);

        // Nobody has been told of this one yet.
        Assert.True(peers.TryIdentify(AddressIn(peers.ValueOf(7, 11)), out _, out generation));
        Assert.True(generation < 0);
    }

    [Fact]
    public void All_addresses_differ_and_each_is_one_of_a_sink_and_the_next_of_the_other()
    {
        var peers = new StormPeers(StormPeers.MaxCount, steady: 1, "/x");
        string[] all = [.. peers.AllAddresses()];
        Ipv4Prefix[] sinks = [Ipv4Prefix.Parse(StormPeers.NetworkOfSink(0)), Ipv4Prefix.Parse(StormPeers.NetworkOfSink(1))];

        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.All(all, address => Assert.Single(sinks, sink => sink.Contains(Ipv4Address.Parse(address))));
        Assert.True(sinks[0].Contains(new Ipv4Address(AddressIn(peers.ValueOf(3, 4)))));
        Assert.True(sinks[1].Contains(new Ipv4Address(AddressIn(peers.ValueOf(3, 5)))));
    }

    [Theory]
    [InlineData("192.168.77.2")]
    [InlineData("172.17.0.0")]
    [InlineData("172.15.255.255")]
    public void An_address_of_nobody_is_nobody_s(string address) =>
        Assert.False(new StormPeers(100, steady: 1, "/x").TryIdentify(Ipv4Address.Parse(address).Value, out _, out _));

    private static uint AddressIn(string value) => Ipv4Address.Parse(value.Split('"')[3]).Value;
}
