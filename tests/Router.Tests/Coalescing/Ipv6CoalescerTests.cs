namespace FastFlannel.Router.Tests;

public sealed class Ipv6CoalescerTests : IDisposable
{
    private static readonly TransportPacket TcpPacket = new() { IsIpv6 = true, TcpOptions = [1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8] };
    private static readonly TransportPacket UdpPacket = new() { IsIpv6 = true, Protocol = TransportPacket.Udp };

    // What of the IP header differs from IPv4's; the rest is one code.
    private static readonly Dictionary<string, Func<TransportPacket, TransportPacket>> Differences = new()
    {
        ["traffic class"] = next => next with { Service = 0x10 },
        ["congestion experienced"] = next => next with { Service = 3 },
        ["flow label"] = next => next with { FlowLabel = 0x12344 },
        ["high bits of the flow label"] = next => next with { FlowLabel = 0xF2345 },
        ["hop limit"] = next => next with { TimeToLive = 63 },
        ["extension header"] = next => next with { IpOptions = [0, 0, 1, 4, 0, 0, 0, 0] },
        ["source"] = next => next with { Ipv6Source = "fd05:0:0:1::3" },
        ["network of the source"] = next => next with { Ipv6Source = "fd05:0:0:3::2" },
        ["destination"] = next => next with { Ipv6Destination = "fd05:0:0:2::3" },
        ["network of the destination"] = next => next with { Ipv6Destination = "fd05:0:0:3::2" },
        ["addresses with an equal key"] = next => next with { Ipv6Source = "0:0:0:2:fd05:0:0:1" },
        ["version"] = next => next with { IsIpv6 = false },
    };

    private readonly CoalescerRig _rig = new();

    public void Dispose() => _rig.Dispose();

    public static TheoryData<byte, string> Each
    {
        get
        {
            var each = new TheoryData<byte, string>();
            foreach (string difference in Differences.Keys)
            {
                each.Add(TransportPacket.Tcp, difference);
                each.Add(TransportPacket.Udp, difference);
            }

            return each;
        }
    }

    [Theory]
    [InlineData(TransportPacket.Tcp)]
    [InlineData(TransportPacket.Udp)]
    public void A_plain_train_of_44_segments_is_one_write(byte protocol)
    {
        byte[][] train = CoalescerTests.Train(44, 1400, protocol, isIpv6: true);
        WrittenPacket written = Assert.Single(_rig.Run(train));
        Assert.Equal(1400, written.Header.SegmentSize);
        PacketAssert.Equal(train, [.. written.Segments().Select(segment => segment.Counted)]);
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void A_difference_keeps_packets_apart(byte protocol, string difference)
    {
        TransportPacket packet = protocol == TransportPacket.Tcp ? TcpPacket : UdpPacket;
        byte[][] packets = [packet.Build(), Differences[difference](Next(packet)).Build()];
        List<WrittenPacket> written = _rig.Run(packets);
        Assert.All(written, w => Assert.False(w.IsSuper));
        PacketAssert.Equal(packets, [.. written.Select(w => w.Packet)]);
    }

    [Fact]
    public void Flows_with_an_equal_key_are_a_super_packet_each()
    {
        // Which of two halves of an address comes first makes no difference to the key.
        TransportPacket other = TcpPacket with { Ipv6Source = "0:0:0:2:fd05:0:0:1" };
        byte[][] packets = [TcpPacket.Build(), other.Build(), Next(TcpPacket).Build(), Next(other).Build()];
        List<WrittenPacket> written = _rig.Run(packets);
        Assert.Equal(2, written.Count);
        PacketAssert.Equal([packets[0], packets[2]], [.. written[0].Segments().Select(segment => segment.Counted)]);
        PacketAssert.Equal([packets[1], packets[3]], [.. written[1].Segments().Select(segment => segment.Counted)]);
    }

    [Fact]
    public void A_wrong_checksum_is_never_hidden_wherever_it_stands()
    {
        for (int broken = 0; broken < 3; broken++)
        {
            byte[][] train = CoalescerTests.Train(3, 1000, TransportPacket.Udp, isIpv6: true);
            train[broken][500] ^= 1;
            List<WrittenPacket> written = _rig.Run(train);
            Assert.Contains(written, w => !w.IsSuper && w.Packet.AsSpan().SequenceEqual(train[broken]));
        }
    }

    [Fact]
    public void A_packet_that_was_sent_to_another_address_is_not_repaired()
    {
        // The pseudo-header is under the checksum: a super-packet would make it right for the address that is there now.
        byte[][] train = CoalescerTests.Train(3, 1000, TransportPacket.Tcp, isIpv6: true);
        foreach (byte[] packet in train)
            packet[39] ^= 1;

        Assert.Equal(3, _rig.Run(train).Count);
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        _rig.Place(CoalescerTests.Train(44, 1400, TransportPacket.Tcp, isIpv6: true));
        AllocationAssert.None(prepare: _rig.Drain, turn: _rig.TakePlaced);
    }

    private static TransportPacket Next(TransportPacket packet) =>
        packet with { Sequence = packet.Sequence + (uint)packet.Payload.Length };
}
