using System.Buffers.Binary;
using System.Net;

namespace FastFlannel.Native.Tests;

/// <summary>The program as the kernel's verifier takes it and the kernel runs it.</summary>
public class FlowSteeringTests
{
    private const byte Tcp = 6;
    private const byte Udp = 17;

    public static TheoryData<string, string> Families => new() { { "10.5.1.2", "10.5.2.3" }, { "fd00::1:2", "fd00::2:3" } };

    [Theory]
    [MemberData(nameof(Families))]
    public void Streams_of_two_hosts_are_spread_evenly_by_their_ports(string source, string destination)
    {
        using var steering = FlowSteering.Load(4);
        int[] chosen = new int[4];
        for (int port = 0; port < 1000; port++)
            chosen[steering.Choose(Packet(source, destination, Tcp, (ushort)(32768 + port), 5201))]++;

        // 250 each, by chance 190 to 310.
        Assert.All(chosen, count => Assert.InRange(count, 150, 350));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Datagrams_of_two_hosts_keep_one_queue_whatever_their_ports_are(string source, string destination)
    {
        using var steering = FlowSteering.Load(64);
        int first = steering.Choose(Packet(source, destination, Udp, 1000, 53));
        for (int port = 0; port < 100; port++)
            Assert.Equal(first, steering.Choose(Packet(source, destination, Udp, (ushort)(2000 + port), (ushort)(54 + port))));
    }

    [Fact]
    public void Hosts_are_spread_whatever_they_send()
    {
        using var steering = FlowSteering.Load(4);
        int[] chosen = new int[4];
        for (int host = 0; host < 1000; host++)
            chosen[steering.Choose(Packet($"10.5.{host / 250}.{host % 250}", "10.5.9.1", Udp, 1, 2))]++;

        Assert.All(chosen, count => Assert.InRange(count, 150, 350));
    }

    [Theory]
    [InlineData(0x2000)]
    [InlineData(0x0001)]
    [InlineData(0x3FFF)]
    public void A_fragment_is_not_taken_to_have_ports(int fragment)
    {
        using var steering = FlowSteering.Load(64);
        HashSet<int> chosen = [];
        for (int port = 0; port < 100; port++)
        {
            byte[] packet = Packet("10.5.1.2", "10.5.2.3", Tcp, (ushort)port, 80);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), (ushort)fragment);
            _ = chosen.Add(steering.Choose(packet));
        }

        _ = Assert.Single(chosen);
    }

    [Fact]
    public void Whether_a_packet_may_be_fragmented_does_not_matter()
    {
        using var steering = FlowSteering.Load(64);
        byte[] packet = Packet("10.5.1.2", "10.5.2.3", Tcp, 1000, 80);
        int chosen = steering.Choose(packet);
        packet[6] = 0x40;
        Assert.Equal(chosen, steering.Choose(packet));
    }

    [Fact]
    public void Ports_are_found_behind_options()
    {
        using var steering = FlowSteering.Load(64);
        byte[] plain = Packet("10.5.1.2", "10.5.2.3", Tcp, 1000, 80);
        byte[] withOptions = [0x4A, .. plain[1..20], .. new byte[20], .. plain[20..]];
        Assert.Equal(steering.Choose(plain), steering.Choose(withOptions));
        Assert.True(Enumerable.Range(0, 20).Select(i => steering.Choose([.. withOptions[..41], (byte)i, .. withOptions[42..]])).Distinct().Count() > 5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(19)]
    public void What_is_too_short_goes_to_the_first_queue(int length)
    {
        using var steering = FlowSteering.Load(64);
        Assert.Equal(0, steering.Choose(Packet("10.5.1.2", "10.5.2.3", Tcp, 1000, 80).AsSpan(0, length)));
    }

    [Theory]
    [InlineData(0x50)]
    [InlineData(0x00)]
    public void What_is_no_IP_packet_keeps_one_queue(byte first)
    {
        using var steering = FlowSteering.Load(64);
        HashSet<int> chosen = [];
        for (int i = 0; i < 50; i++)
        {
            byte[] packet = Packet("10.5.1.2", $"10.5.2.{i}", Tcp, (ushort)i, 80);
            packet[0] = first;
            _ = chosen.Add(steering.Choose(packet));
        }

        _ = Assert.Single(chosen);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(256)]
    public void Every_queue_is_one_of_the_device(int queues)
    {
        using var steering = FlowSteering.Load(queues);
        for (int port = 0; port < 500; port++)
            Assert.InRange(steering.Choose(Packet("10.5.1.2", "10.5.2.3", Tcp, (ushort)port, 80)), 0, queues - 1);
    }

    [Fact]
    public void A_device_takes_the_program() => NetworkNamespace.RunInNew(() =>
    {
        TunQueue[] queues = TunQueue.Create("steer%d", 4);
        try
        {
            using var steering = FlowSteering.Load(4);
            Assert.Equal(0, queues[0].TrySteer(steering).Errno);
        }
        finally
        {
            foreach (TunQueue queue in queues)
                queue.Dispose();
        }
    });

    private static byte[] Packet(string source, string destination, byte protocol, ushort sourcePort, ushort destinationPort)
    {
        byte[] from = IPAddress.Parse(source).GetAddressBytes();
        byte[] to = IPAddress.Parse(destination).GetAddressBytes();
        byte[] header = from.Length == 4
            ? [0x45, 0, 0, 40, 0, 1, 0, 0, 64, protocol, 0, 0]
            : [0x60, 0, 0, 0, 0, 20, protocol, 64];
        byte[] packet = [.. header, .. from, .. to, .. new byte[20]];
        Span<byte> ports = packet.AsSpan(packet.Length - 20);
        BinaryPrimitives.WriteUInt16BigEndian(ports, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(ports[2..], destinationPort);
        return packet;
    }
}
