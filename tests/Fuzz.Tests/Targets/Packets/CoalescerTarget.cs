using System.Buffers.Binary;
using FastFlannel.Router;
using FastFlannel.Router.Tests;

namespace FastFlannel.Fuzz.Tests;

/// <summary>
/// The coalescer with whatever packets: what the kernel makes of the written super-packets is what came, each flow in its order, and
/// each super-packet is one that the kernel takes.
/// </summary>
internal static class CoalescerTarget
{
    private static readonly CoalescerRig Rig = new();

    public static FuzzTarget Coalescer { get; } = new("coalescer", Join) { Repair = PacketRepair.List, Cost = 4, Longest = 8192 };

    private static string Join(Span<byte> input)
    {
        // The coalescer comes behind validation, and behind what takes a hop off.
        byte[][] packets = [.. PacketList.Read(input).Where(IsValid)];
        if (packets.Length == 0)
            return "none";

        List<WrittenPacket> written = Rig.Run(packets);
        (byte[] Counted, byte[] Fixed)[] segments = [.. written.SelectMany(one => one.Segments())];
        Hold.Same(packets.Length, segments.Length);
        foreach (string? flow in packets.Select(FlowOf).Distinct())
        {
            byte[][] came = [.. packets.Where(packet => MayNotOvertake(packet, flow))];
            (byte[] Counted, byte[] Fixed)[] went = [.. segments.Where(segment => MayNotOvertake(segment.Counted, flow))];
            Hold.Same(came.Length, went.Length);
            for (int i = 0; i < came.Length; i++)
            {
                if (!came[i].AsSpan().SequenceEqual(went[i].Fixed))
                    Hold.Same(came[i], went[i].Counted, $"packet {i} of a flow");
            }
        }

        Hold.Same(0, Rig.StepDowns.Count);
        return $"{Math.Min(packets.Length, 9)} became {Math.Min(written.Count, 9)}, {written.Count(one => one.IsSuper)} of them super";
    }

    private static bool IsValid(byte[] packet) =>
        PacketView.TryParse(packet, carriesIpv6: true, out PacketView view) == DropReason.None && view.HasValidChecksum;

    /// <summary>A flow's name; null for a packet that may belong to any flow, and that no other may therefore pass.</summary>
    private static string? FlowOf(byte[] packet)
    {
        bool isIpv6 = TestPacket.IsIpv6(packet);
        int header = isIpv6 ? 40 : 20;
        byte protocol = packet[isIpv6 ? 6 : 9];
        bool isWhole = isIpv6 || (packet[0] == 0x45 && (BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(6)) & 0x3FFF) == 0);
        if (!isWhole || TransportView.HeaderLengthOf(packet.AsSpan(header), protocol) == 0)
            return null;

        // The addresses and, right behind them, the ports.
        return $"{protocol} {Convert.ToHexString(packet.AsSpan(isIpv6 ? 8 : 12, (isIpv6 ? 32 : 8) + 4))}";
    }

    private static bool MayNotOvertake(byte[] packet, string? flow) => FlowOf(packet) is not { } other || other == flow;
}
