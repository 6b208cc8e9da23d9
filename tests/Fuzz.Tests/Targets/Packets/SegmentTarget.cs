using FastFlannel.Native;
using FastFlannel.Router;
using FastFlannel.Router.Tests;

namespace FastFlannel.Fuzz.Tests;

/// <summary>What the kernel hands over from a TUN device: a virtio header with a packet or a super-packet behind it.</summary>
internal static class SegmentTarget
{
    private static readonly GuardedBuffer Room = new(65536);

    public static FuzzTarget SuperPacket { get; } = new("super-packet", CutUp) { Repair = PacketRepair.Framed };

    private static string CutUp(Span<byte> input)
    {
        if (input.Length < VirtioHeader.Size)
            return "short";

        var header = VirtioHeader.Read(input);
        Span<byte> bytes = input[VirtioHeader.Size..];
        if (PacketView.TryParse(bytes, carriesIpv6: true, out PacketView packet) != DropReason.None)
            return "no packet";

        byte[] before = bytes.ToArray();
        if (header.Type == SegmentationType.None)
            return Complete(bytes, before, header);

        DropReason problem = Router.SuperPacket.TryParse(packet, header, out SuperPacket super);
        if (problem != DropReason.None)
            return problem.ToString();

        List<byte[]>? naive = packet.HeaderLength == super.HeaderLength - TransportView.HeaderLengthOf(packet)
            ? NaiveSegmenter.Cut(before, header.SegmentSize)
            : null;
        Hold.That(naive is null || naive.Count == super.Count);
        List<byte> payload = [];
        for (int i = 0; i < super.Count; i++)
        {
            Span<byte> segment = Room.Last(super.LengthOf(i));
            super.Write(i, segment);
            Hold.Same(DropReason.None, NaivePacket.Verdict(segment, carriesIpv6: true));
            if (naive is not null)
                Hold.Same(naive[i], segment, $"segment {i}");

            payload.AddRange(segment[super.HeaderLength..]);
        }

        Hold.Same(before.AsSpan(super.HeaderLength), payload.ToArray(), "the payload of all segments");
        Hold.Same(before, bytes, "the super-packet");
        return $"{header.Type}, {packet.IsIpv6}, {naive is null}, {Math.Min(super.Count, 8)}";
    }

    /// <summary>Changes nothing but the checksum, which is then right for what it covers.</summary>
    private static string Complete(Span<byte> bytes, byte[] before, VirtioHeader header)
    {
        bool isDone = PartialChecksum.TryComplete(bytes, header);
        int field = header.ChecksumStart + header.ChecksumOffset;
        if (header.Flags % 2 == 0 || !isDone)
        {
            Hold.Same(before, bytes, "the packet");
            Hold.Same(header.Flags % 2 == 0 || field + 2 <= bytes.Length, isDone);
            return $"left, {isDone}";
        }

        ushort sum = TestPacket.NaiveChecksum(before.AsSpan(header.ChecksumStart));
        sum = sum == 0 ? ushort.MaxValue : sum;
        (before[field], before[field + 1]) = ((byte)(sum >> 8), (byte)sum);
        Hold.Same(before, bytes, "the packet with its checksum");
        return "completed";
    }
}
