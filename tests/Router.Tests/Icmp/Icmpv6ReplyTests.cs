using System.Buffers.Binary;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public class Icmpv6ReplyTests
{
    private static readonly Ipv6Address Router = LoopRig.TunIpv6Address;

    [Fact]
    public void No_route_comes_from_the_router_and_quotes_the_packet()
    {
        byte[] offender = TestPacket.MakeIpv6(length: 100);
        byte[] reply = Write(offender, IcmpError.NetUnreachable);

        Assert.Equal(40 + 8 + 100, reply.Length);
        Assert.Equal(DropReason.None, PacketView.TryParse(reply, carriesIpv6: true, out PacketView packet));
        Assert.Equal((58, 64), (packet.Protocol, packet.TimeToLive));
        Assert.Equal(Router, packet.Ipv6Source);
        Assert.Equal(TestPacket.Ipv6Local, packet.Ipv6Destination.ToString());
        Assert.Equal([1, 0], reply[40..42]);
        Assert.Equal(offender, reply[48..]);
    }

    [Fact]
    public void The_checksum_covers_the_pseudo_header()
    {
        byte[] reply = Write(TestPacket.MakeIpv6(length: 101), IcmpError.TimeExceeded);
        Assert.Equal([3, 0], reply[40..42]);
        byte[] pseudo = [.. reply[8..40], 0, 0, reply[4], reply[5], 0, 0, 0, 58];
        Assert.Equal(0, TestPacket.NaiveChecksum([.. pseudo, .. reply[40..]]));
    }

    [Fact]
    public void Packet_too_big_names_the_mtu()
    {
        byte[] reply = Write(TestPacket.MakeIpv6(length: 1473), IcmpError.FragmentationNeeded(1472));
        Assert.Equal([2, 0], reply[40..42]);
        Assert.Equal(1472u, BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(44)));
    }

    [Fact]
    public void No_reply_is_longer_than_what_every_path_takes() =>
        Assert.Equal(1280, Write(TestPacket.MakeIpv6(length: 9000), IcmpError.TimeExceeded).Length);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(127)]
    [InlineData(137)]
    public void None_is_sent_about_an_error_or_a_redirect(byte type) => Assert.Empty(Write(Icmp(type), IcmpError.TimeExceeded));

    [Fact]
    public void A_ping_is_told_of_everything()
    {
        Assert.NotEmpty(Write(Icmp(128), IcmpError.TimeExceeded));
        Assert.NotEmpty(Write(Icmp(129), IcmpError.NetUnreachable));
    }

    [Fact]
    public void None_is_sent_about_an_error_behind_extension_headers()
    {
        byte[] hidden = TestPacket.MakeIpv6(protocol: 60);
        ((byte[])[58, 0, 1, 4, 0, 0, 0, 0, 3]).CopyTo(hidden, 40);
        Assert.Empty(Write(hidden, IcmpError.TimeExceeded));
        hidden[48] = 128;
        Assert.NotEmpty(Write(hidden, IcmpError.TimeExceeded));
    }

    [Fact]
    public void None_is_sent_about_what_may_be_the_rest_of_an_error()
    {
        byte[] fragment = TestPacket.MakeIpv6(protocol: 44);
        ((byte[])[58, 0, 0, 8, 0, 0, 0, 1]).CopyTo(fragment, 40);
        Assert.Empty(Write(fragment, IcmpError.TimeExceeded));
        fragment[40] = 17;
        Assert.NotEmpty(Write(fragment, IcmpError.TimeExceeded));
    }

    [Fact]
    public void A_cut_off_message_may_have_been_an_error() =>
        Assert.Empty(Write(TestPacket.MakeIpv6(length: 40, protocol: 58), IcmpError.TimeExceeded));

    private static byte[] Icmp(byte type)
    {
        byte[] packet = TestPacket.MakeIpv6(protocol: 58);
        packet[40] = type;
        return packet;
    }

    private static byte[] Write(byte[] offender, IcmpError error)
    {
        Assert.Equal(DropReason.None, PacketView.TryParse(offender, carriesIpv6: true, out PacketView packet));
        byte[] reply = new byte[Icmpv6Reply.MaximumLength];
        return reply[..Icmpv6Reply.Write(reply, packet, error, Router)];
    }
}
