using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>The way in with rules about whose datagrams are taken.</summary>
public class PeersOnlyTests
{
    private static readonly Ipv4Prefix Own = Ipv4Prefix.Parse("10.5.1.0/24");

    [Theory]
    [InlineData(PeerCheck.Off)]
    [InlineData(PeerCheck.On)]
    [InlineData(PeerCheck.Strict)]
    public void A_peers_packet_from_its_subnet_to_ours_passes(PeerCheck check)
    {
        using LoopRig rig = New(check);
        Assert.Equal(DropReason.None, Send(rig, "10.5.2.9", "10.5.1.9"));
        Assert.Equal(DropReason.None, Send(rig, "10.5.2.0", "10.5.1.0"));
    }

    [Theory]
    [InlineData(PeerCheck.Off, DropReason.None)]
    [InlineData(PeerCheck.On, DropReason.UnknownPeer)]
    [InlineData(PeerCheck.Strict, DropReason.UnknownPeer)]
    public void A_strangers_well_formed_packet_is_dropped_unless_anybodys_is_taken(PeerCheck check, DropReason reason)
    {
        using LoopRig rig = New(check);
        rig.Routes.Table = new RouteTable([new Route(Ipv4Prefix.Parse("10.5.2.0/24"), new(Ipv4Address.Parse("192.0.2.9"), 8285))]);
        Assert.Equal(reason, Send(rig, "10.5.2.9", "10.5.1.9"));
    }

    [Theory]
    [InlineData(false, DropReason.WrongPort)]
    [InlineData(true, DropReason.None)]
    public void A_peer_sends_from_its_port_unless_a_nat_may_be_in_between(bool anyPort, DropReason reason)
    {
        using LoopRig rig = New(PeerCheck.On, anyPort);
        Ipv4Endpoint elsewhere = rig.PeerEndpoint with { Port = (ushort)(rig.PeerEndpoint.Port ^ 1) };
        rig.Routes.Table = new RouteTable([new Route(Ipv4Prefix.Parse("10.5.2.0/24"), elsewhere)]);
        Assert.Equal(reason, Send(rig, "10.5.2.9", "10.5.1.9"));
    }

    [Theory]
    [InlineData(PeerCheck.Off, DropReason.None)]
    [InlineData(PeerCheck.On, DropReason.NotForHere)]
    [InlineData(PeerCheck.Strict, DropReason.NotForHere)]
    public void A_packet_for_elsewhere_is_dropped_unless_anybodys_is_taken(PeerCheck check, DropReason reason)
    {
        using LoopRig rig = New(check);
        Assert.Equal(reason, Send(rig, "10.5.2.9", "10.5.3.9"));
        Assert.Equal(reason, Send(rig, "10.5.2.9", "192.0.2.77"));
        Assert.Equal(reason, Send(rig, "10.5.2.9", "224.0.0.1"));
    }

    [Theory]
    [InlineData(PeerCheck.Off, DropReason.None)]
    [InlineData(PeerCheck.On, DropReason.None)]
    [InlineData(PeerCheck.Strict, DropReason.ForeignSource)]
    public void What_a_peer_forwards_with_a_source_from_outside_passes_unless_it_is_strict(PeerCheck check, DropReason reason)
    {
        using LoopRig rig = New(check);
        Assert.Equal(reason, Send(rig, "192.0.2.77", "10.5.1.9"));
    }

    [Fact]
    public void A_peer_speaks_for_no_other_where_it_is_strict()
    {
        using LoopRig rig = New(PeerCheck.Strict);
        rig.Routes.Table = new RouteTable(
        [
            new Route(Ipv4Prefix.Parse("10.5.2.0/24"), rig.PeerEndpoint),
            new Route(Ipv4Prefix.Parse("10.5.3.0/24"), new(Ipv4Address.Parse("192.0.2.9"), 8285)),
        ]);
        Assert.Equal(DropReason.None, Send(rig, "10.5.2.9", "10.5.1.9"));
        Assert.Equal(DropReason.ForeignSource, Send(rig, "10.5.3.9", "10.5.1.9"));
    }

    [Fact]
    public void Ipv6_is_held_to_the_same()
    {
        var rules = new PeerRules(PeerCheck.Strict, false, Own, Ipv6Prefix.Parse("fd05:0:0:1::/64"));
        using var rig = new LoopRig(carriesIpv6: true, rules: rules);
        Assert.Equal(DropReason.None, Send(rig, "fd05:0:0:2::9", "fd05:0:0:1::9"));
        Assert.Equal(DropReason.NotForHere, Send(rig, "fd05:0:0:2::9", "fd05:0:0:3::9"));
        Assert.Equal(DropReason.ForeignSource, Send(rig, "fd05:0:0:3::9", "fd05:0:0:1::9"));
    }

    [Fact]
    public void Nobody_is_answered_who_is_not_let_in()
    {
        using LoopRig rig = New(PeerCheck.On);
        rig.SendAsPeer(TestPacket.Make(source: "10.5.2.9", destination: "10.5.3.9", ttl: 1));
        _ = rig.TurnInbound();
        Assert.Null(rig.ReceiveAsPeer());
        Assert.Equal(1, rig.In.Snapshot().Drops[DropReason.NotForHere]);
    }

    [Fact]
    public void Of_a_strangers_bundle_every_datagram_counts()
    {
        using LoopRig rig = New(PeerCheck.On);
        rig.Routes.Table = RouteTable.Empty;
        byte[] packet = TestPacket.Make(source: "10.5.2.9", destination: "10.5.1.9");
        rig.SendBundleAsPeer([.. packet, .. packet, .. packet.AsSpan(0, 30)], packet.Length);
        _ = rig.TurnInbound();

        Assert.Equal(3, rig.In.Snapshot().Drops[DropReason.UnknownPeer]);
        Assert.Equal(
            new DropSource(rig.PeerEndpoint.Address, DropReason.UnknownPeer, 3), Assert.Single(rig.Inbound.DropSources.Snapshot()));
        Assert.Null(rig.ReceiveAsKernel());
    }

    [Theory]
    [InlineData("10.5.2.9", "10.5.1.9")]
    [InlineData("10.5.3.9", "10.5.1.9")]
    [InlineData("10.5.2.9", "10.5.3.9")]
    public void Nothing_is_allocated_for_what_passes_and_for_what_does_not(string source, string destination)
    {
        using LoopRig rig = New(PeerCheck.Strict);
        byte[] packet = TestPacket.Make(source: source, destination: destination);
        AllocationAssert.None(
            () =>
            {
                rig.Drain();
                rig.SendAsPeer(packet);
            },
            () => rig.TurnInbound());
    }

    private static LoopRig New(PeerCheck check, bool anyPort = false) => new(rules: new PeerRules(check, anyPort, Own));

    /// <summary>Sends a packet as the peer; gives why it was dropped.</summary>
    private static DropReason Send(LoopRig rig, string source, string destination)
    {
        CounterSnapshot before = rig.In.Snapshot();
        rig.SendAsPeer(source.Contains(':', StringComparison.Ordinal)
            ? TestPacket.MakeIpv6(source: source, destination: destination)
            : TestPacket.Make(source: source, destination: destination));
        _ = rig.TurnInbound();
        CounterSnapshot after = rig.In.Snapshot();
        Assert.Equal(after.Packets > before.Packets, rig.ReceiveAsKernel() is not null);
        return after.Drops.SingleOrDefault(drop => drop.Value > before.Drops[drop.Key]).Key;
    }
}
