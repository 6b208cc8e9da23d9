using System.Buffers.Binary;
using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public class SuperPacketTests
{
    private static readonly Gen<byte[]> Options = Gen.Int[0, 10].SelectMany(words => Gen.Byte.Array[words * 4]);

    // Short and long payloads and segments alike: a uniform number of up to 65,000 would nearly never be short.
    private static readonly Gen<int> PayloadLength = Gen.OneOf(Gen.Int[0, 20], Gen.Int[0, 5000], Gen.Int[0, 65535 - 120]);
    private static readonly Gen<int> SegmentSize = Gen.OneOf(Gen.Int[1, 50], Gen.Int[1, 1500], Gen.Int[1, 9000]);

    private static readonly Gen<TransportPacket> AnyPacket =
        from isIpv6 in Gen.Bool
        from protocol in Gen.OneOf(TransportPacket.Tcp, TransportPacket.Udp)
        from ip in Gen.Select(Gen.Byte, Gen.UShort, Gen.OneOf<ushort>(0, TransportPacket.DoNotFragment, 0x8000), Gen.Byte, Options)
        from ports in Gen.Select(Gen.UShort, Gen.UShort)
        from numbers in Gen.Select(
            Gen.OneOf(Gen.UInt, Gen.UInt[uint.MaxValue - 40000, uint.MaxValue]), Gen.UInt, Gen.Byte, Gen.Byte[0, 15])
        from window in Gen.Select(Gen.UShort, Gen.UShort, Options)
        from payload in Gen.Select(PayloadLength, Gen.Int[0, 250])
        select new TransportPacket
        {
            IsIpv6 = isIpv6,
            Protocol = protocol,
            Service = ip.Item1,
            Id = ip.Item2,
            FlagsAndOffset = ip.Item3,
            TimeToLive = ip.Item4,
            IpOptions = isIpv6 ? [.. ip.Item5, .. ip.Item5] : ip.Item5,
            FlowLabel = ip.Item2,
            SourcePort = ports.Item1,
            DestinationPort = ports.Item2,
            Sequence = numbers.Item1,
            Acknowledgement = numbers.Item2,
            Flags = numbers.Item3,
            Reserved = numbers.Item4,
            Window = window.Item1,
            Urgent = window.Item2,
            TcpOptions = window.Item3,
            Payload = TransportPacket.Pattern(payload.Item1, payload.Item2),
        };

    [Fact]
    public void Is_cut_up_as_by_the_naive_one() => Gen.Select(AnyPacket, SegmentSize).Sample(
        (packet, size) =>
        {
            byte[] bytes = packet.BuildPartial();
            PacketAssert.Equal(NaiveSegmenter.Cut(bytes, size), Cut(bytes, packet.Header(size)));
        },
        iter: 300);

    [Fact]
    public void The_last_segment_alone_ends_and_pushes_and_the_first_alone_tells_of_a_smaller_window()
    {
        var packet = new TransportPacket { Flags = 0xFF, Payload = TransportPacket.Pattern(2500) };
        List<byte[]> segments = Cut(packet.BuildPartial(), packet.Header(1000));
        Assert.Equal([0xF6, 0x76, 0x7F], segments.Select(segment => segment[33]));
    }

    [Fact]
    public void Sequence_and_id_wrap_around()
    {
        var packet = new TransportPacket { Sequence = uint.MaxValue - 999, Id = ushort.MaxValue, Payload = TransportPacket.Pattern(2500) };
        List<byte[]> segments = Cut(packet.BuildPartial(), packet.Header(1000));
        Assert.Equal(
            [(uint.MaxValue - 999, ushort.MaxValue), (0u, (ushort)0), (1000u, (ushort)1)],
            segments.Select(segment => (
                BinaryPrimitives.ReadUInt32BigEndian(segment.AsSpan(24)), BinaryPrimitives.ReadUInt16BigEndian(segment.AsSpan(4)))));
    }

    [Fact]
    public void A_UDP_checksum_of_zero_is_sent_as_all_ones()
    {
        // The last word of each datagram is what makes its checksum zero.
        var packet = new TransportPacket { Protocol = TransportPacket.Udp, Payload = new byte[8] };
        byte[] payload = new byte[16];
        BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(6), TransportPacket.NaiveTransportChecksum(packet.Build()));
        BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(14), TransportPacket.NaiveTransportChecksum(packet.Build()));
        packet = packet with { Payload = payload };

        List<byte[]> segments = Cut(packet.BuildPartial(), packet.Header(8));
        Assert.Equal(2, segments.Count);
        Assert.All(segments, segment => Assert.Equal([0xFF, 0xFF], segment[26..28]));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1000, 1)]
    [InlineData(1001, 2)]
    [InlineData(2000, 2)]
    [InlineData(2001, 3)]
    public void There_are_as_many_segments_as_the_payload_needs(int payload, int segments)
    {
        var packet = new TransportPacket { Payload = TransportPacket.Pattern(payload) };
        Assert.Equal(segments, Cut(packet.BuildPartial(), packet.Header(1000)).Count);
    }

    [Fact]
    public void The_kernels_hint_at_the_header_length_does_not_matter()
    {
        var packet = new TransportPacket();
        byte[] bytes = packet.BuildPartial();
        foreach (ushort hint in (ushort[])[0, 1, 39, 41, ushort.MaxValue])
            PacketAssert.Equal(NaiveSegmenter.Cut(bytes, 300), Cut(bytes, packet.Header(300) with { HeaderLength = hint }));
    }

    [Fact]
    public void What_marks_explicit_congestion_notification_is_no_other_type()
    {
        var packet = new TransportPacket();
        VirtioHeader header = packet.Header(300);
        byte[] bytes = packet.BuildPartial();
        Assert.Equal(4, Cut(bytes, header with { RawType = (byte)(header.RawType | VirtioHeader.EcnBit) }).Count);
    }

    [Theory]
    [InlineData(SegmentationType.None)]
    [InlineData((SegmentationType)3)]
    [InlineData(SegmentationType.TcpV6)]
    [InlineData(SegmentationType.Udp)]
    public void A_type_that_is_not_the_packets_is_refused(SegmentationType type)
    {
        var packet = new TransportPacket();
        Refused(packet.Build(), packet.Header(300) with { RawType = (byte)type });
    }

    [Theory]
    [InlineData(SegmentationType.None)]
    [InlineData(SegmentationType.TcpV4)]
    [InlineData(SegmentationType.Udp)]
    public void A_type_that_is_not_the_IPv6_packets_is_refused(SegmentationType type)
    {
        var packet = new TransportPacket { IsIpv6 = true };
        Refused(packet.Build(), packet.Header(300) with { RawType = (byte)type });
    }

    [Fact]
    public void The_pseudo_header_of_a_routed_packet_is_as_the_kernel_says()
    {
        // The checksum is that for another destination, which a routing header names.
        var packet = new TransportPacket { IsIpv6 = true, IpOptions = new byte[8], Payload = TransportPacket.Pattern(2500) };
        byte[] bytes = packet.BuildPartial();
        byte[] toTheEnd = (packet with { Ipv6Destination = "fd05::99" }).BuildPartial();
        toTheEnd.AsSpan(48 + 16, 2).CopyTo(bytes.AsSpan(48 + 16));

        List<byte[]> expected = NaiveSegmenter.Cut(toTheEnd, 1000);
        List<byte[]> segments = Cut(bytes, packet.Header(1000));
        PacketAssert.Equal([.. expected.Select(segment => segment[40..])], [.. segments.Select(segment => segment[40..])]);
    }

    [Fact]
    public void A_datagram_is_no_TCP()
    {
        var packet = new TransportPacket { Protocol = TransportPacket.Udp };
        Refused(packet.Build(), packet.Header(300) with { RawType = (byte)SegmentationType.TcpV4 });
    }

    [Fact]
    public void Segments_without_payload_would_never_end() => Refused(new TransportPacket().Build(), new TransportPacket().Header(0));

    [Theory]
    [InlineData(0x2000)]
    [InlineData(0x0001)]
    public void A_fragment_is_refused(ushort flagsAndOffset) =>
        Refused((new TransportPacket { FlagsAndOffset = flagsAndOffset }).Build(), new TransportPacket().Header(300));

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(11)] // of 10 words there are
    [InlineData(15)]
    public void A_TCP_header_that_is_too_short_or_reaches_beyond_the_packet_is_refused(int words)
    {
        var packet = new TransportPacket { Payload = new byte[20] };
        byte[] bytes = packet.Build();
        bytes[32] = (byte)(words << 4);
        Refused(bytes, packet.Header(5));
    }

    [Theory]
    [InlineData(TransportPacket.Tcp, 39)]
    [InlineData(TransportPacket.Tcp, 20)]
    [InlineData(TransportPacket.Udp, 27)]
    [InlineData(TransportPacket.Udp, 20)]
    public void A_transport_header_that_is_cut_off_is_refused(byte protocol, int length) =>
        Refused(TestPacket.Make(length, protocol: protocol), (new TransportPacket { Protocol = protocol }).Header(300));

    [Fact]
    public void Rubbish_is_refused_or_cut_up_but_never_throws() => Gen.Select(
        Gen.Byte.Array[20, 300], Gen.OneOf(Gen.OneOf<byte>(1, 5, 0x81), Gen.Byte), Gen.UShort, Gen.UShort,
        Gen.OneOf(TransportPacket.Tcp, TransportPacket.Udp)).Sample(
        (bytes, type, size, numbers, protocol) =>
        {
            // Enough of a packet to come as far as here.
            bytes[0] = (byte)(0x40 | (bytes[0] & 0xF));
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)bytes.Length);
            bytes[6] &= 0x40;
            bytes[7] = 0;
            bytes[9] = protocol;
            if (PacketView.TryParse(bytes, out PacketView packet) != DropReason.None)
                return;

            var header = new VirtioHeader(1, type, numbers, (ushort)(size % 400), numbers, numbers);
            if (SuperPacket.TryParse(packet, header, out SuperPacket super) is var problem and not DropReason.None)
                Assert.Equal(DropReason.Malformed, problem);
            else
                PacketAssert.Equal(NaiveSegmenter.Cut(bytes, size % 400), Cut(super));
        },
        iter: 20_000);

    [Fact]
    public void IPv6_rubbish_is_refused_or_cut_up_but_never_throws() => Gen.Select(
        Gen.Byte.Array[40, 300], Gen.OneOf(Gen.OneOf<byte>(4, 5, 0x84), Gen.Byte), Gen.UShort, Gen.UShort,
        Gen.OneOf<byte>(TransportPacket.Tcp, TransportPacket.Udp, 0, 43, 44, 51, 60)).Sample(
        (bytes, type, size, numbers, protocol) =>
        {
            bytes[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), (ushort)(bytes.Length - 40));
            bytes[6] = protocol;
            bytes[8] = bytes[24] = 0xFD;
            if (bytes.Length > 40)
                bytes[40] = (byte)(type % 2 == 0 ? TransportPacket.Tcp : TransportPacket.Udp);

            Assert.Equal(DropReason.None, PacketView.TryParse(bytes, carriesIpv6: true, out PacketView packet));
            var header = new VirtioHeader(1, type, numbers, (ushort)(size % 400), numbers, numbers);
            if (SuperPacket.TryParse(packet, header, out SuperPacket super) is var problem and not DropReason.None)
                Assert.Equal(DropReason.Malformed, problem);
            else if (protocol is TransportPacket.Tcp or TransportPacket.Udp)
                PacketAssert.Equal(NaiveSegmenter.Cut(bytes, size % 400), Cut(super));
            else
                Assert.NotEmpty(Cut(super));
        },
        iter: 20_000);

    private static List<byte[]> Cut(byte[] bytes, VirtioHeader header)
    {
        Assert.Equal(DropReason.None, PacketView.TryParse(bytes, carriesIpv6: true, out PacketView packet));
        Assert.Equal(DropReason.None, SuperPacket.TryParse(packet, header, out SuperPacket super));
        return Cut(super);
    }

    private static List<byte[]> Cut(SuperPacket super)
    {
        List<byte[]> segments = [];
        for (int i = 0; i < super.Count; i++)
        {
            byte[] segment = new byte[super.LengthOf(i)];
            segment.AsSpan().Fill(0xA5); // a run's room holds what was sent before
            super.Write(i, segment);
            Assert.Equal(i < super.WholeCount, segment.Length == super.HeaderLength + super.SegmentPayload);
            segments.Add(segment);
        }

        return segments;
    }

    private static void Refused(byte[] bytes, VirtioHeader header)
    {
        Assert.Equal(DropReason.None, PacketView.TryParse(bytes, carriesIpv6: true, out PacketView packet));
        Assert.Equal(DropReason.Malformed, SuperPacket.TryParse(packet, header, out _));
    }
}
