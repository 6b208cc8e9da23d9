using System.Buffers.Binary;
using FastFlannel.Fuzz.Tests;
using FastFlannel.Router.Tests;

namespace FastFlannel.Netns.Tests;

/// <summary>Mutated packets of several kinds, to and from this host, its peers and elsewhere. A seed makes always the same.</summary>
internal sealed class RubbishPackets
{
    private const int Longest = 1472;

    private readonly Random _random;
    private readonly Mutator _mutator;
    private readonly byte[][] _templates;

    /// <summary>Makes the templates.</summary>
    /// <param name="seed">What everything is made from.</param>
    /// <param name="here">The receiver's overlay address, container and the like.</param>
    /// <param name="there">Others' addresses.</param>
    public RubbishPackets(int seed, IReadOnlyList<string> here, IReadOnlyList<string> there)
    {
        _random = new Random(seed);
        _mutator = new Mutator(_random, [], Longest);
        _templates =
        [
            .. from destination in here.Concat(there)
               from source in there.Concat(here.Take(1))
               from packet in Kinds(source, destination)
               select packet,
            .. Kinds6(),
        ];
    }

    /// <summary>One datagram; now and then empty, or random from end to end.</summary>
    public byte[] Next()
    {
        int kind = _random.Next(32);
        if (kind == 0)
            return [];

        if (kind == 1)
        {
            byte[] random = new byte[_random.Next(1, Longest)];
            _random.NextBytes(random);
            return random;
        }

        byte[] packet = kind < 8 ? [.. Template()] : _mutator.Mutate(_templates);
        if (_random.Next(2) == 0)
            Repair(packet);

        return packet;
    }

    /// <summary>Datagrams of one length but for a shorter last one, behind each other.</summary>
    /// <param name="bytes">All of them.</param>
    /// <returns>Bytes of each.</returns>
    public int NextBundle(out byte[] bytes)
    {
        int size = Math.Max(1, Template().Length - _random.Next(2));
        int count = _random.Next(2, 17);
        bytes = new byte[(size * count) - _random.Next(size)];
        for (int at = 0; at < bytes.Length; at += size)
        {
            Span<byte> room = bytes.AsSpan(at, Math.Min(size, bytes.Length - at));
            byte[] packet = Next();
            if (_random.Next(2) == 0)
                Array.Resize(ref packet, room.Length);

            Repair(packet);
            packet.AsSpan(0, Math.Min(packet.Length, room.Length)).CopyTo(room);
        }

        return size;
    }

    /// <summary>A datagram that the underlay carries in fragments.</summary>
    public byte[] NextLong()
    {
        byte[] packet = new byte[_random.Next(Longest + 1, 9000)];
        _random.NextBytes(packet);
        Template().CopyTo(packet, 0);
        Repair(packet);
        return packet;
    }

    private byte[] Template() => _templates[_random.Next(_templates.Length)];

    private static void Repair(byte[] packet)
    {
        if (packet.Length < 60)
            return;

        if (TestPacket.IsIpv6(packet))
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(packet.Length - 40));
        else
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);

        TestPacket.FixChecksum(packet);
    }

    private static IEnumerable<byte[]> Kinds(string source, string destination)
    {
        var tcp = new TransportPacket { Source = source, Destination = destination, Payload = TransportPacket.Pattern(300) };
        yield return tcp.Build();
        yield return (tcp with { Flags = TransportPacket.Syn, Payload = [] }).Build();
        yield return (tcp with { Flags = 0x18, TcpOptions = [1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8] }).Build();
        yield return (tcp with { Protocol = TransportPacket.Udp }).Build();
        yield return (tcp with { Protocol = TransportPacket.Udp, FlagsAndOffset = 0x2000 }).Build();
        yield return (tcp with { Protocol = TransportPacket.Udp, FlagsAndOffset = 0x0030 }).Build();
        yield return (tcp with { IpOptions = [0x94, 4, 0, 0] }).Build();
        yield return (tcp with { TimeToLive = 1 }).Build();
        yield return TestPacket.Make(84, source, destination, protocol: 1);
        yield return TestPacket.Make(Longest, source, destination);
    }

    private static IEnumerable<byte[]> Kinds6()
    {
        var packet = new TransportPacket { IsIpv6 = true, Payload = TransportPacket.Pattern(200) };
        yield return packet.Build();
        yield return (packet with { Protocol = TransportPacket.Udp }).Build();
        yield return (packet with { IpOptions = [0, 0, 1, 4, 0, 0, 0, 0] }).Build();
        yield return TestPacket.MakeIpv6(destination: "ff02::1");
    }
}
