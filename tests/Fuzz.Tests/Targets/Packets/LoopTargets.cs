using System.Buffers.Binary;
using FastFlannel.Native;
using FastFlannel.Router;
using FastFlannel.Router.Tests;

namespace FastFlannel.Fuzz.Tests;

/// <summary>
/// The two directions of the packet loop as a whole, between real sockets: every packet is forwarded or counted as dropped, and what is
/// forwarded is a packet.
/// </summary>
internal static class LoopTargets
{
    private const int MostSegments = 64; // of a bundle that the kernel takes (linux/udp.h, UDP_MAX_SEGMENTS)

    private static readonly Lazy<LoopRig> InboundRig = new(() => new LoopRig(carriesIpv6: true));
    private static readonly Lazy<LoopRig> OutboundRig = new(() => new LoopRig(carriesIpv6: true));

    /// <summary>A datagram, or with its first two bytes as their length a bundle of such.</summary>
    public static FuzzTarget Inbound { get; } = new("inbound-bundle", Receive) { Repair = RepairBundle, Cost = 20, Longest = 8192 };

    /// <summary>A virtio header and a packet.</summary>
    public static FuzzTarget Outbound { get; } = new("outbound-packet", Send) { Repair = PacketRepair.Framed, Cost = 20, Longest = 8192 };

    private static string Receive(Span<byte> input)
    {
        if (input.Length < 2)
            return "short";

        (int size, int count) = Plan(input);
        Span<byte> datagrams = input[2..];
        LoopRig rig = InboundRig.Value;
        CounterSnapshot before = rig.In.Snapshot();
        if (count == 1)
            rig.SendAsPeer(datagrams);
        else
            rig.SendBundleAsPeer(datagrams = datagrams[..Math.Min(datagrams.Length, size * count)], size);

        List<byte[]> written = [];
        long handled = Turn(rig.TurnInbound, rig.In, before, count);
        written.AddRange(rig.ReceiveAllAsKernel());
        CounterSnapshot after = rig.In.Snapshot();
        Hold.Same(count, handled);
        Hold.Same(after.Packets - before.Packets, written.Count);
        foreach (byte[] packet in written)
        {
            Hold.Same(DropReason.None, NaivePacket.Verdict(packet, carriesIpv6: true));
            Hold.That(packet.Length <= LoopRig.Mtu);
        }

        rig.Drain();
        return $"{Math.Min(count, 4)}, {Math.Min(written.Count, 4)}, {Reasons(before, after)}";
    }

    private static string Send(Span<byte> input)
    {
        LoopRig rig = OutboundRig.Value;
        CounterSnapshot before = rig.Out.Snapshot();
        if (input.Length < VirtioHeader.Size)
            return "short";

        rig.SendAsKernel(input[VirtioHeader.Size..], VirtioHeader.Read(input));
        _ = rig.TurnOutbound();
        CounterSnapshot after = rig.Out.Snapshot();
        int forwarded = (int)(after.Packets - before.Packets);
        Hold.That((forwarded > 0) != (after.Dropped - before.Dropped > 0));
        List<byte[]> datagrams = rig.Peer.ReceiveMany(forwarded);
        Hold.Same(forwarded, datagrams.Count);

        // A checksum is completed wherever the kernel wants it, be that in the IP header.
        bool mayBeSpoilt = (input[0] & VirtioHeader.NeedsChecksum) != 0;
        foreach (byte[] datagram in datagrams)
        {
            Hold.That(mayBeSpoilt || NaivePacket.Verdict(datagram, carriesIpv6: true) == DropReason.None);
            Hold.That(datagram.Length <= LoopRig.Mtu);
        }

        rig.Drain();
        return $"{Math.Min(forwarded, 4)}, {Reasons(before, after)}";
    }

    /// <summary>Turns the loop until so many are accounted for; a datagram over loopback may take a moment.</summary>
    private static long Turn(Func<LoopResult> turn, Counters counters, CounterSnapshot before, int expected)
    {
        long handled = 0;
        for (int i = 0; i < 1000 && handled < expected; i++)
        {
            if (i > 0)
                Thread.Sleep(1);

            _ = turn();
            CounterSnapshot now = counters.Snapshot();
            handled = now.Packets - before.Packets + now.Dropped - before.Dropped;
        }

        return handled;
    }

    private static string Reasons(CounterSnapshot before, CounterSnapshot after) =>
        string.Join(' ', after.Drops.Where(drop => drop.Value > before.Drops[drop.Key]).Select(drop => drop.Key));

    private static (int Size, int Count) Plan(ReadOnlySpan<byte> input)
    {
        int size = BinaryPrimitives.ReadUInt16BigEndian(input);
        int length = input.Length - 2;
        return size == 0 || size >= length ? (0, 1) : (size, Math.Min(MostSegments, (length + size - 1) / size));
    }

    private static byte[] RepairBundle(byte[] input)
    {
        if (input.Length < 2)
            return input;

        (int size, int count) = Plan(input);
        IEnumerable<byte[]> datagrams = count == 1 ? [input[2..]] : input[2..].Chunk(size);
        return [input[0], input[1], .. datagrams.SelectMany(PacketRepair.Whole)];
    }
}
