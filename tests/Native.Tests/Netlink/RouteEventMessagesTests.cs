using CsCheck;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native.Tests;

public class RouteEventMessagesTests
{
    [Theory]
    [InlineData(RTM_NEWLINK, AF_UNSPEC, false)]
    [InlineData(RTM_DELLINK, AF_UNSPEC, true)]
    [InlineData(RTM_NEWLINK, AF_BRIDGE, false)]
    [InlineData(RTM_DELLINK, AF_BRIDGE, false)] // it left its bridge
    public void A_link_says_whether_it_is_gone(ushort type, byte family, bool isRemoval) => Assert.Equal(
        [new RouteEvent(RouteEventKind.Link, 7, isRemoval)], Parse(Message(type, new LinkHeader(family, Index: 7))));

    [Theory]
    [InlineData(RTM_NEWADDR, false)]
    [InlineData(RTM_DELADDR, true)]
    public void An_address_names_its_link(ushort type, bool isRemoval) => Assert.Equal(
        [new RouteEvent(RouteEventKind.Address, 7, isRemoval)],
        Parse(Message(type, new AddressHeader(AF_INET6, 64, LinkIndex: 7))));

    [Theory]
    [InlineData(RTM_NEWROUTE, 7)]
    [InlineData(RTM_DELROUTE, 7)]
    [InlineData(RTM_NEWROUTE, 0)] // a blackhole is on no link
    public void A_route_names_its_link_if_it_has_one(ushort type, int link)
    {
        var writer = new NetlinkWriter(new byte[128], type, 0);
        writer.Append(new RouteHeader(AF_INET, 16));
        writer.Attribute(RTA_DST, Ipv4Address.Parse("10.5.0.0"));
        if (link != 0)
            writer.Attribute(RTA_OIF, (uint)link);

        Assert.Equal([new RouteEvent(RouteEventKind.Route, link, type == RTM_DELROUTE)], Parse(writer.Message));
    }

    [Theory]
    [InlineData(RTM_NEWNEIGH, AF_INET, RouteEventKind.Neighbour)]
    [InlineData(RTM_DELNEIGH, AF_INET6, RouteEventKind.Neighbour)]
    [InlineData(RTM_NEWNEIGH, AF_BRIDGE, RouteEventKind.ForwardingEntry)]
    [InlineData(RTM_DELNEIGH, AF_BRIDGE, RouteEventKind.ForwardingEntry)]
    public void A_neighbour_is_told_from_a_forwarding_entry(ushort type, byte family, RouteEventKind kind) => Assert.Equal(
        [new RouteEvent(kind, 7, type == RTM_DELNEIGH)], Parse(Message(type, new NeighbourHeader(family, LinkIndex: 7))));

    [Fact]
    public void What_is_of_another_kind_or_too_short_is_left_out_and_what_follows_is_read()
    {
        byte[] datagram =
        [
            .. Message<uint>(80, 0), // RTM_NEWNSID
            .. Message(RTM_NEWADDR, (ushort)1),
            .. Message(RTM_NEWLINK, new LinkHeader(Index: 3)),
        ];
        Assert.Equal([new RouteEvent(RouteEventKind.Link, 3)], Parse(datagram));
    }

    [Fact]
    public void Rubbish_never_throws() => Gen.Select(Gen.UShort[14, 32], Gen.Byte.Array[0, 64]).Sample((type, rubbish) =>
    {
        byte[] message = [.. Message(type, default(byte))[..16], .. rubbish];
        BitConverter.TryWriteBytes(message, message.Length);
        Assert.InRange(Parse(message).Count, 0, 1);
        _ = Parse(rubbish);
    });

    private static byte[] Message<T>(ushort type, T body)
        where T : unmanaged
    {
        var writer = new NetlinkWriter(new byte[128], type, 0);
        writer.Append(body);
        return writer.Message.ToArray();
    }

    private static List<RouteEvent> Parse(ReadOnlySpan<byte> datagram)
    {
        List<RouteEvent> events = [];
        RouteEventMessages.Parse(datagram, events);
        return events;
    }
}
