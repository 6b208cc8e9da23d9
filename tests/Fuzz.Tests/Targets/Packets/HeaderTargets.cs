using FastFlannel.Native;
using FastFlannel.Router;
using FastFlannel.Router.Tests;

namespace FastFlannel.Fuzz.Tests;

/// <summary>The headers of packets, each in a second reading, and the checksum, whose vectors check no bounds.</summary>
internal static class HeaderTargets
{
    private static readonly GuardedBuffer Copy = new(2048);

    public static FuzzTarget PacketView { get; } = new("packet-view", LookAtPacket) { Repair = PacketRepair.Whole };

    public static FuzzTarget Ipv6Payload { get; } = new("ipv6-payload", FindPayload) { Repair = PacketRepair.Whole };

    public static FuzzTarget TransportView { get; } = new("transport-view", LookAtTransport);

    public static FuzzTarget Checksum { get; } = new("checksum", Sum);

    private static string LookAtPacket(Span<byte> input)
    {
        DropReason reason = Router.PacketView.TryParse(input, carriesIpv6: true, out PacketView packet);
        Hold.Same(NaivePacket.Verdict(input, carriesIpv6: true), reason);
        Hold.Same(NaivePacket.Verdict(input, carriesIpv6: false), Router.PacketView.TryParse(input, out _));
        if (reason != DropReason.None)
            return reason.ToString();

        Hold.That(packet.Bytes == input);
        Hold.That(packet.HeaderLength is >= 20 and <= 60 && packet.HeaderLength <= input.Length);
        Hold.That(packet.IsIpv6 || packet.HasValidChecksum == (TestPacket.NaiveChecksum(input[..packet.HeaderLength]) == 0));
        string kind = packet.IsIpv6 ? Sides(packet.Ipv6Source, packet.Ipv6Destination) : Sides(packet.Source, packet.Destination);
        bool isWhole = packet.IsIpv6 || !packet.IsFragment;
        Hold.That(packet.IsIpv6 || packet.IsFragment || !packet.IsLaterFragment);
        if (!packet.HasValidChecksum || packet.TimeToLive == 0)
            return $"not forwarded, whole: {isWhole}";

        int timeToLive = packet.TimeToLive;
        packet.DecrementTimeToLive();
        Hold.Same(timeToLive - 1, packet.TimeToLive);
        Hold.That(packet.HasValidChecksum);
        Hold.Same(DropReason.None, NaivePacket.Verdict(input, carriesIpv6: true));
        return $"{kind}, {packet.HeaderLength}, {packet.DoNotFragment}, {isWhole}";
    }

    private static string Sides<T>(T source, T destination)
        where T : IEquatable<T> => $"{typeof(T).Name}, {source.Equals(destination)}";

    private static string FindPayload(Span<byte> input)
    {
        if (input.Length < 40)
            return "short";

        bool isFound = Router.Ipv6Payload.TryFind(input, out byte protocol, out ReadOnlySpan<byte> payload);
        (byte Protocol, int Start)? expected = NaivePacket.Ipv6Payload(input);
        Hold.Same(expected is not null, isFound);
        if (expected is not { } found)
            return "not found";

        Hold.Same(found.Protocol, protocol);
        Hold.Same(input.Length - found.Start, payload.Length);
        Hold.That(payload.IsEmpty || (ReadOnlySpan<byte>)input[found.Start..] == payload);
        return $"{Math.Min(found.Start, 200)}, {payload.IsEmpty}";
    }

    private static string LookAtTransport(Span<byte> input)
    {
        if (input.Length < 1)
            return "short";

        byte protocol = input[0];
        Span<byte> transport = input[1..];
        int expected = protocol switch
        {
            17 when transport.Length >= 8 => 8,
            6 when transport.Length >= 20 && transport[12] / 16 * 4 is var length && length >= 20 && length <= transport.Length => length,
            _ => 0,
        };
        Hold.Same(expected, Router.TransportView.HeaderLengthOf(transport, protocol));
        if (transport.Length < 40)
            return $"{protocol is 6 or 17}, {expected}";

        // The pseudo-header of whatever these bytes are as an IP header.
        bool isIpv6 = transport[0] >> 4 == 6;
        int behind = transport.Length - (isIpv6 ? 40 : 20);
        byte[] pseudo = isIpv6
            ? [.. transport[8..40], 0, transport[6], (byte)(behind >> 8), (byte)behind]
            : [.. transport[12..20], 0, transport[9], (byte)(behind >> 8), (byte)behind];
        ushort sum = Router.TransportView.PseudoHeaderSum(transport, behind);
        Hold.Same((ushort)~TestPacket.NaiveChecksum(pseudo), sum);
        return $"{protocol is 6 or 17}, {expected}, {isIpv6}";
    }

    private static string Sum(Span<byte> input)
    {
        // From places of every alignment.
        for (int start = 0; start < Math.Min(input.Length, 9); start++)
        {
            ReadOnlySpan<byte> block = input[start..];
            ushort expected = (ushort)~TestPacket.NaiveChecksum(block);
            Hold.Same(expected, InternetChecksum.Sum(block));
            Span<byte> room = Copy.Last(block.Length);
            Hold.Same(expected, InternetChecksum.CopyAndSum(block, room));
            Hold.Same(block, room, "the copy");
        }

        // RFC 1624: patched as if computed anew, but for the two ways to write zero.
        if (input.Length < 6)
            return "short";

        ushort before = (ushort)((input[0] << 8) | input[1]);
        ushort after = (ushort)((input[2] << 8) | input[3]);
        ushort patched = InternetChecksum.Update(InternetChecksum.Compute(input), before, after);
        (input[0], input[1]) = (input[2], input[3]);
        int difference = Math.Abs(InternetChecksum.Compute(input) - patched);
        Hold.That(difference is 0 or 0xFFFF);
        return $"{input.Length % 64}, {difference}";
    }
}
