using System.Buffers.Binary;

namespace FastFlannel.Router.Tests;

/// <summary>Each reason why of two packets that follow each other the second does not join the first.</summary>
public sealed class JoiningTests : IDisposable
{
    private static readonly TransportPacket TcpPacket = new() { TcpOptions = [1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8] };
    private static readonly TransportPacket UdpPacket = new() { Protocol = TransportPacket.Udp };

    // What tells a super-packet's segments apart is their place; whatever else differs would be lost.
    private static readonly Dictionary<string, Func<TransportPacket, TransportPacket>> Differences = new()
    {
        ["sequence ahead"] = next => next with { Sequence = next.Sequence + 1 },
        ["sequence behind"] = next => next with { Sequence = next.Sequence - 1 },
        ["same sequence"] = next => next with { Sequence = next.Sequence - 1000 },
        ["acknowledgement"] = next => next with { Acknowledgement = 8 },
        ["window"] = next => next with { Window = 511 },
        ["urgent pointer"] = next => next with { Urgent = 1 },
        ["reserved bits"] = next => next with { Reserved = 1 },
        ["congestion echo"] = next => next with { Flags = TransportPacket.Ack | TransportPacket.Ece },
        ["no acknowledgement"] = next => next with { Flags = 0 },
        ["FIN"] = next => next with { Flags = TransportPacket.Ack | TransportPacket.Fin },
        ["SYN"] = next => next with { Flags = TransportPacket.Ack | TransportPacket.Syn },
        ["RST"] = next => next with { Flags = TransportPacket.Ack | TransportPacket.Rst },
        ["URG"] = next => next with { Flags = TransportPacket.Ack | TransportPacket.Urg },
        ["CWR"] = next => next with { Flags = TransportPacket.Ack | TransportPacket.Cwr },
        ["other options"] = next => next with { TcpOptions = [1, 1, 8, 10, 0, 0, 0, 10, 0, 0, 0, 8] },
        ["more options"] = next => next with { TcpOptions = [.. next.TcpOptions, 1, 1, 1, 0] },
        ["fewer options"] = next => next with { TcpOptions = [] },
        ["empty"] = next => next with { Payload = [] },
        ["longer"] = next => next with { Payload = TransportPacket.Pattern(1001) },
        ["id ahead"] = next => next with { Id = (ushort)(next.Id + 1) },
        ["id behind"] = next => next with { Id = (ushort)(next.Id - 2) },
        ["service"] = next => next with { Service = 0x10 },
        ["congestion experienced"] = next => next with { Service = 3 },
        ["time to live"] = next => next with { TimeToLive = 63 },
        ["may be fragmented"] = next => next with { FlagsAndOffset = 0 },
        ["reserved flag"] = next => next with { FlagsAndOffset = 0xC000 },
        ["first fragment"] = next => next with { FlagsAndOffset = 0x2000 },
        ["last fragment"] = next => next with { FlagsAndOffset = 0x0005 },
        ["IP options"] = next => next with { IpOptions = [1, 1, 1, 0] },
        ["source"] = next => next with { Source = "10.5.1.3" },
        ["destination"] = next => next with { Destination = "10.5.2.3" },
        ["source port"] = next => next with { SourcePort = 1 },
        ["destination port"] = next => next with { DestinationPort = 1 },
    };

    private readonly CoalescerRig _rig = new();

    public void Dispose() => _rig.Dispose();

    public static TheoryData<string> OfTcp => [.. Differences.Keys];

    public static TheoryData<string> OfUdp =>
    [
        "empty", "longer", "id ahead", "id behind", "service", "congestion experienced", "time to live", "may be fragmented",
        "reserved flag", "first fragment", "last fragment", "IP options", "source", "destination", "source port", "destination port",
    ];

    [Fact]
    public void Without_a_reason_they_join()
    {
        Assert.True(Assert.Single(_rig.Run(TcpPacket.Build(), Next(TcpPacket).Build())).IsSuper);
        Assert.True(Assert.Single(_rig.Run(UdpPacket.Build(), Next(UdpPacket).Build())).IsSuper);
    }

    [Theory]
    [MemberData(nameof(OfTcp))]
    public void A_difference_keeps_TCP_packets_apart(string difference) =>
        StayApart(TcpPacket.Build(), Differences[difference](Next(TcpPacket)).Build());

    [Theory]
    [MemberData(nameof(OfUdp))]
    public void A_difference_keeps_UDP_packets_apart(string difference) =>
        StayApart(UdpPacket.Build(), Differences[difference](Next(UdpPacket)).Build());

    [Theory]
    [InlineData(TransportPacket.Fin | TransportPacket.Ack)]
    [InlineData(TransportPacket.Syn)]
    [InlineData(TransportPacket.Syn | TransportPacket.Ack)]
    [InlineData(TransportPacket.Rst)]
    [InlineData(TransportPacket.Urg | TransportPacket.Ack)]
    [InlineData(TransportPacket.Cwr | TransportPacket.Ack)]
    [InlineData(TransportPacket.Psh | TransportPacket.Ack)] // what follows a push waits for the next
    [InlineData(0)]
    public void Flags_that_mean_their_place_keep_packets_apart_that_both_have_them(byte flags) =>
        StayApart((TcpPacket with { Flags = flags }).Build(), (Next(TcpPacket) with { Flags = flags }).Build());

    [Fact]
    public void A_congestion_echo_on_both_does_not()
    {
        TransportPacket packet = TcpPacket with { Flags = TransportPacket.Ack | TransportPacket.Ece };
        Assert.True(Assert.Single(_rig.Run(packet.Build(), Next(packet).Build())).IsSuper);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_datagram_without_a_checksum_stays_without(bool first, bool second)
    {
        byte[][] packets = [UdpPacket.Build(), Next(UdpPacket).Build()];
        if (first)
            packets[0].AsSpan(26, 2).Clear();

        if (second)
            packets[1].AsSpan(26, 2).Clear();

        StayApart(packets);
    }

    [Fact]
    public void A_datagram_shorter_than_its_packet_stays_as_it_is()
    {
        // The checksum is right for the whole, so that nothing but the length is odd.
        byte[] packet = UdpPacket.Build();
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(24), 500);
        TransportPacket.FixTransportChecksum(packet);
        StayApart(packet, Next(UdpPacket).Build());
        StayApart(UdpPacket.Build(), packet);
    }

    [Fact]
    public void TCP_and_UDP_between_the_same_ports_are_two_flows()
    {
        byte[][] packets = [TcpPacket.Build(), UdpPacket.Build(), Next(TcpPacket).Build(), Next(UdpPacket).Build()];
        Assert.Equal([6, 17], _rig.Run(packets).Select(written => (int)written.Packet[9]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(47)]
    public void Other_protocols_stay_as_they_are(byte protocol) =>
        StayApart(TestPacket.Make(protocol: protocol), TestPacket.Make(protocol: protocol));

    [Fact]
    public void A_transport_header_that_is_cut_off_is_no_flows() =>
        StayApart(TcpPacket.Build(), TestPacket.Make(39, protocol: TransportPacket.Tcp), TestPacket.Make(27));

    private static TransportPacket Next(TransportPacket packet) => packet with
    {
        Sequence = packet.Sequence + (uint)packet.Payload.Length,
        Id = (ushort)(packet.Id + 1),
    };

    private void StayApart(params byte[][] packets)
    {
        List<WrittenPacket> written = _rig.Run(packets);
        Assert.All(written, w => Assert.False(w.IsSuper));
        PacketAssert.Equal(packets, [.. written.Select(w => w.Packet)]);
    }
}
