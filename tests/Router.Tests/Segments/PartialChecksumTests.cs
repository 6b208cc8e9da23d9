using System.Buffers.Binary;
using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public class PartialChecksumTests
{
    [Fact]
    public void Is_completed_to_the_naive_one() => Gen.Select(
        Gen.Bool, Gen.OneOf(TransportPacket.Tcp, TransportPacket.Udp), Gen.Int[0, 10], Gen.Int[0, 10], Gen.Byte.Array[0, 1500]).Sample(
        (isIpv6, protocol, ipWords, tcpWords, payload) =>
        {
            var packet = new TransportPacket
            {
                IsIpv6 = isIpv6,
                Protocol = protocol,
                IpOptions = new byte[ipWords * (isIpv6 ? 8 : 4)],
                TcpOptions = new byte[protocol == TransportPacket.Tcp ? tcpWords * 4 : 0],
                Payload = payload,
            };
            byte[] bytes = packet.BuildPartial();
            Assert.True(PartialChecksum.TryComplete(bytes, packet.Header(0)));
            Assert.Equal(packet.Build().AsSpan(), bytes.AsSpan());
        });

    [Fact]
    public void A_UDP_checksum_of_zero_becomes_all_ones()
    {
        var packet = new TransportPacket { Protocol = TransportPacket.Udp, Payload = new byte[2] };
        byte[] payload = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(payload, TransportPacket.NaiveTransportChecksum(packet.Build()));
        byte[] bytes = (packet with { Payload = payload }).BuildPartial();
        Assert.True(PartialChecksum.TryComplete(bytes, packet.Header(0)));
        Assert.Equal([0xFF, 0xFF], bytes[26..28]);
    }

    [Fact]
    public void Without_the_flag_nothing_is_touched()
    {
        byte[] bytes = new TransportPacket().BuildPartial();
        byte[] before = [.. bytes];
        Assert.True(PartialChecksum.TryComplete(bytes, new TransportPacket().Header(0) with { Flags = 0 }));
        Assert.Equal(before, bytes);
    }

    [Theory]
    [InlineData(20, 63, false)]
    [InlineData(20, 62, true)]
    [InlineData(84, 0, false)]
    [InlineData(82, 0, true)]
    [InlineData(83, 0, false)]
    [InlineData(0, 83, false)]
    [InlineData(ushort.MaxValue, 0, false)]
    [InlineData(0, ushort.MaxValue, false)]
    [InlineData(ushort.MaxValue, ushort.MaxValue, false)]
    public void Only_a_field_inside_of_the_packet_is_written(int start, int offset, bool isInside)
    {
        var header = new VirtioHeader(VirtioHeader.NeedsChecksum, 0, 0, 0, (ushort)start, (ushort)offset);
        Assert.Equal(isInside, PartialChecksum.TryComplete(TestPacket.Make(84), header));
    }

    [Fact]
    public void No_numbers_throw_or_write_beyond_the_field() => Gen.Select(
        Gen.Byte.Array[0, 100], Gen.OneOf(Gen.UShort[0, 120], Gen.UShort), Gen.OneOf(Gen.UShort[0, 120], Gen.UShort)).Sample(
        (bytes, start, offset) =>
        {
            byte[] before = [.. bytes];
            int field = start + offset;
            if (PartialChecksum.TryComplete(bytes, new VirtioHeader(VirtioHeader.NeedsChecksum, 0, 0, 0, start, offset)))
                before.AsSpan(field, 2).CopyTo(bytes.AsSpan(field));

            Assert.Equal(before, bytes);
        });
}
