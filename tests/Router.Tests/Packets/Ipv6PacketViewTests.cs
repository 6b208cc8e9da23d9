using System.Buffers.Binary;
using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public class Ipv6PacketViewTests
{
    [Fact]
    public void Reads_the_fields_of_a_header()
    {
        byte[] bytes = TestPacket.MakeIpv6(length: 100, hopLimit: 17, protocol: 6);
        Assert.Equal(DropReason.None, Parse(bytes, out PacketView packet));
        Assert.True(packet.IsIpv6);
        Assert.Equal(40, packet.HeaderLength);
        Assert.Equal(17, packet.TimeToLive);
        Assert.Equal(6, packet.Protocol);
        Assert.Equal(Ipv6Address.Parse(TestPacket.Ipv6Local), packet.Ipv6Source);
        Assert.Equal(Ipv6Address.Parse(TestPacket.Ipv6Remote), packet.Ipv6Destination);
        Assert.True(packet.DoNotFragment);
        Assert.True(packet.HasValidChecksum);
    }

    [Fact]
    public void An_IPv4_packet_is_one_as_before()
    {
        Assert.Equal(DropReason.None, Parse(TestPacket.Make(), out PacketView packet));
        Assert.False(packet.IsIpv6);
    }

    [Fact]
    public void Takes_a_header_without_payload() => Assert.Equal(DropReason.None, Parse(TestPacket.MakeIpv6(length: 40), out _));

    [Theory]
    [InlineData(1)]
    [InlineData(39)]
    [InlineData(103)]
    public void Refuses_a_packet_that_ends_early(int length) =>
        Assert.Equal(DropReason.Truncated, Parse(TestPacket.MakeIpv6()[..length], out _));

    [Fact]
    public void Refuses_bytes_behind_the_packet() =>
        Assert.Equal(DropReason.Malformed, Parse([.. TestPacket.MakeIpv6(), 0], out _));

    [Fact]
    public void Refuses_a_jumbogram()
    {
        byte[] bytes = TestPacket.MakeIpv6(protocol: 0);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), 0);
        Assert.Equal(DropReason.Malformed, Parse(bytes, out _));
    }

    [Fact]
    public void Is_no_packet_of_a_network_of_IPv4_alone() =>
        Assert.Equal(DropReason.NotIpv4, PacketView.TryParse(TestPacket.MakeIpv6(), out _));

    [Theory]
    [InlineData(0x55)]
    [InlineData(0x70)]
    [InlineData(0x00)]
    public void Refuses_other_versions(byte first)
    {
        byte[] bytes = TestPacket.MakeIpv6();
        bytes[0] = first;
        Assert.Equal(DropReason.NotIpv4, Parse(bytes, out _));
    }

    [Theory]
    [InlineData("::", DropReason.OutOfScope)]
    [InlineData("::1", DropReason.OutOfScope)]
    [InlineData("::2", DropReason.None)]
    [InlineData("fe80::1", DropReason.OutOfScope)]
    [InlineData("febf:ffff::1", DropReason.OutOfScope)]
    [InlineData("fec0::1", DropReason.None)]
    [InlineData("fe7f::1", DropReason.None)]
    [InlineData("ff02::16", DropReason.OutOfScope)]
    [InlineData("ff0e::1", DropReason.OutOfScope)]
    [InlineData("2001:db8::1", DropReason.None)]
    public void What_no_router_forwards_is_refused_as_source_and_as_destination(string address, DropReason expected)
    {
        Assert.Equal(expected, Parse(TestPacket.MakeIpv6(source: address), out _));
        Assert.Equal(expected, Parse(TestPacket.MakeIpv6(destination: address), out _));
    }

    [Fact]
    public void Taking_a_hop_off_changes_one_byte()
    {
        byte[] bytes = TestPacket.MakeIpv6(hopLimit: 64);
        byte[] expected = TestPacket.MakeIpv6(hopLimit: 63);
        _ = Parse(bytes, out PacketView packet);
        packet.DecrementTimeToLive();
        Assert.Equal(expected, bytes);
    }

    [Fact]
    public void Rubbish_never_throws() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        if (bytes.Length > 6 && bytes[^1] % 4 > 0)
        {
            // Most of it has the right version and length, or none would come further.
            bytes[0] = 0x60;
            BinaryPrimitives.WriteInt16BigEndian(bytes.AsSpan(4), (short)(bytes.Length - 40));
        }

        if (Parse(bytes, out PacketView packet) == DropReason.None && packet.IsIpv6)
        {
            byte[] reply = new byte[Icmpv6Reply.MaximumLength];
            Assert.InRange(Icmpv6Reply.Write(reply, packet, IcmpError.TimeExceeded, default), 0, reply.Length);
            _ = FlowPacket.TryParse(packet, out _);
        }
    });

    private static DropReason Parse(byte[] bytes, out PacketView packet) =>
        PacketView.TryParse(bytes, carriesIpv6: true, out packet);
}
