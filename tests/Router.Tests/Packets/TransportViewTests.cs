using CsCheck;

namespace FastFlannel.Router.Tests;

public class TransportViewTests
{
    [Theory]
    [InlineData(TransportPacket.Udp, 28, 8)]
    [InlineData(TransportPacket.Udp, 27, 0)]
    [InlineData(TransportPacket.Udp, 20, 0)]
    [InlineData(TransportPacket.Tcp, 39, 0)]
    [InlineData(TransportPacket.Tcp, 20, 0)]
    [InlineData(1, 84, 0)]
    public void A_header_has_room_or_is_none(byte protocol, int length, int expected) =>
        Assert.Equal(expected, HeaderLengthOf(TestPacket.Make(length, protocol: protocol)));

    [Theory]
    [InlineData(4, 0)]
    [InlineData(5, 20)]
    [InlineData(8, 32)]
    [InlineData(15, 60)]
    public void TCP_says_how_long_its_header_is(int words, int expected)
    {
        byte[] packet = (new TransportPacket { IpOptions = new byte[8] }).Build();
        packet[28 + 12] = (byte)(words << 4);
        Assert.Equal(expected, HeaderLengthOf(packet));
    }

    [Fact]
    public void A_TCP_header_longer_than_the_packet_is_none()
    {
        byte[] packet = (new TransportPacket { Payload = new byte[3] }).Build();
        packet[32] = 6 << 4;
        Assert.Equal(0, HeaderLengthOf(packet));
    }

    [Fact]
    public void The_sum_of_the_pseudo_header_is_the_naive_one() => Gen.Byte.Array[20, 400].Sample(bytes =>
    {
        bytes[0] = 0x45;
        Assert.Equal(
            TransportPacket.PseudoSum(bytes) % 0xFFFF, TransportView.PseudoHeaderSum(bytes, bytes.Length - 20) % 0xFFFF);
    });

    [Fact]
    public void The_sum_of_the_IPv6_pseudo_header_is_the_naive_one() => Gen.Byte.Array[40, 400].Sample(bytes =>
    {
        bytes[0] = 0x60;
        bytes[6] = TransportPacket.Tcp;
        Assert.Equal(
            TransportPacket.PseudoSum(bytes) % 0xFFFF, TransportView.PseudoHeaderSum(bytes, bytes.Length - 40) % 0xFFFF);
    });

    [Theory]
    [InlineData(0, 0xFFFF)]
    [InlineData(0xFFFF, 0xFFFF)]
    [InlineData(0xFFFE, 1)]
    [InlineData(0x1234, 0xEDCB)]
    public void A_UDP_checksum_is_never_zero(ushort sum, ushort checksum) => Assert.Equal(checksum, TransportView.UdpChecksum(sum));

    private static int HeaderLengthOf(byte[] bytes)
    {
        Assert.Equal(DropReason.None, PacketView.TryParse(bytes, out PacketView packet));
        return TransportView.HeaderLengthOf(packet);
    }
}
