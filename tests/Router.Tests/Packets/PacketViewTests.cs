using System.Buffers.Binary;
using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public class PacketViewTests
{
    [Fact]
    public void Reads_the_fields_of_a_header()
    {
        byte[] bytes = TestPacket.Make(length: 100, ttl: 17, protocol: 6, optionWords: 2, flagsAndOffset: 0x4000);
        Assert.Equal(DropReason.None, PacketView.TryParse(bytes, out PacketView packet));
        Assert.Equal(28, packet.HeaderLength);
        Assert.Equal(17, packet.TimeToLive);
        Assert.Equal(6, packet.Protocol);
        Assert.Equal(Ipv4Address.Parse(TestPacket.Local), packet.Source);
        Assert.Equal(Ipv4Address.Parse(TestPacket.Remote), packet.Destination);
        Assert.True(packet.DoNotFragment);
        Assert.False(packet.IsLaterFragment);
        Assert.True(packet.HasValidChecksum);
    }

    [Theory]
    [InlineData(0x0000, false, false)]
    [InlineData(0x4000, false, false)] // must not be fragmented
    [InlineData(0x8000, false, false)] // reserved
    [InlineData(0x2000, true, false)] // the first, and more follow
    [InlineData(0x2001, true, true)]
    [InlineData(0x0001, true, true)] // the last
    [InlineData(0x1FFF, true, true)]
    public void Tells_fragments_from_whole_packets(ushort flagsAndOffset, bool isFragment, bool isLater)
    {
        _ = PacketView.TryParse(TestPacket.Make(flagsAndOffset: flagsAndOffset), out PacketView packet);
        Assert.Equal((isFragment, isLater), (packet.IsFragment, packet.IsLaterFragment));
    }

    [Fact]
    public void Takes_a_header_without_payload() =>
        Assert.Equal(DropReason.None, PacketView.TryParse(TestPacket.Make(length: 20), out _));

    [Theory]
    [InlineData(0, DropReason.Truncated)]
    [InlineData(1, DropReason.Truncated)]
    [InlineData(19, DropReason.Truncated)]
    [InlineData(83, DropReason.Truncated)]
    public void Refuses_a_packet_that_ends_early(int length, DropReason expected) =>
        Assert.Equal(expected, PacketView.TryParse(TestPacket.Make().AsSpan(0, length), out _));

    [Fact]
    public void Refuses_other_versions()
    {
        byte[] bytes = TestPacket.Make();
        bytes[0] = 0x65;
        Assert.Equal(DropReason.NotIpv4, PacketView.TryParse(bytes, out _));
    }

    [Fact]
    public void Refuses_a_header_shorter_than_a_header()
    {
        byte[] bytes = TestPacket.Make();
        bytes[0] = 0x44;
        Assert.Equal(DropReason.Malformed, PacketView.TryParse(bytes, out _));
    }

    [Fact]
    public void Refuses_a_total_length_shorter_than_the_header()
    {
        byte[] bytes = TestPacket.Make(length: 40, optionWords: 5);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), 39);
        Assert.Equal(DropReason.Malformed, PacketView.TryParse(bytes, out _));
    }

    [Fact]
    public void Refuses_bytes_behind_the_packet() =>
        Assert.Equal(DropReason.Malformed, PacketView.TryParse([.. TestPacket.Make(), 0], out _));

    [Fact]
    public void Taking_a_hop_off_keeps_the_checksum_right() =>
        Gen.Select(Gen.Byte[1, 255], Gen.UShort, Gen.Int[0, 10]).Sample((ttl, id, options) =>
        {
            byte[] bytes = TestPacket.Make(length: 100, ttl: ttl, optionWords: options);
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), id);
            TestPacket.FixChecksum(bytes);
            _ = PacketView.TryParse(bytes, out PacketView packet);
            packet.DecrementTimeToLive();
            Assert.Equal(ttl - 1, packet.TimeToLive);
            Assert.True(packet.HasValidChecksum);
        });

    [Fact]
    public void Taking_a_hop_off_does_not_repair_a_wrong_checksum()
    {
        byte[] bytes = TestPacket.Make();
        bytes[10] ^= 0x40;
        _ = PacketView.TryParse(bytes, out PacketView packet);
        packet.DecrementTimeToLive();
        Assert.False(packet.HasValidChecksum);
    }

    [Fact]
    public void Rubbish_never_throws() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        if (PacketView.TryParse(bytes, out PacketView packet) == DropReason.None)
        {
            Assert.InRange(packet.HeaderLength, 20, bytes.Length);
            _ = packet.HasValidChecksum;
            Assert.InRange(IcmpReply.Write(new byte[IcmpReply.MaximumLength], packet, IcmpError.TimeExceeded, default(Ipv4Address)), 0, IcmpReply.MaximumLength);
        }
    });
}
