using System.Buffers.Binary;
using FastFlannel.Native;
using FastFlannel.Router;
using FastFlannel.Router.Tests;

namespace FastFlannel.Fuzz.Tests;

/// <summary>ICMP errors about whatever packet: what is sent is one, and none is sent that may not be (RFC 1812, RFC 4443).</summary>
internal static class IcmpTarget
{
    private static readonly GuardedBuffer Room = new(Router.IcmpReply.MaximumLength);

    private static readonly IcmpError[] Errors = [IcmpError.NetUnreachable, IcmpError.TimeExceeded, IcmpError.FragmentationNeeded(1280)];

    private static readonly RouterSettings Settings = new(
        LoopRig.TunAddress, LoopRig.Mtu, Offloads.All, TimeProvider.System, static _ => { }, LoopRig.TunIpv6Address);

    public static FuzzTarget IcmpReply { get; } = new("icmp-reply", Answer) { Repair = PacketRepair.Whole };

    private static string Answer(Span<byte> input)
    {
        if (PacketView.TryParse(input, carriesIpv6: true, out PacketView offender) != DropReason.None)
            return "no packet";

        string answer = offender.IsIpv6 ? "6" : "4";
        foreach (IcmpError error in Errors)
        {
            Span<byte> room = Room.Last(Router.IcmpReply.MaximumLength);
            int length = Router.IcmpReply.Write(room, offender, error, Settings);
            Hold.Same(MayAnswer(input, error), length > 0);
            if (length > 0)
                Check(room[..length], input, error);

            answer += length > 0 ? "+" : "-";
        }

        return answer;
    }

    private static bool MayAnswer(ReadOnlySpan<byte> offender, IcmpError error)
    {
        if (offender[0] >> 4 == 6)
        {
            return NaivePacket.Ipv6Payload(offender) is var (protocol, start)
                && (protocol != 58 || (start < offender.Length && offender[start] >= 128 && offender[start] != 137));
        }

        bool isFirst = ((offender[6] * 256) + offender[7]) % 0x2000 == 0;
        bool areHosts = offender[12] is > 0 and < 224 and not 127 && offender[16] is > 0 and < 224 and not 127;
        int header = offender[0] % 16 * 4;
        bool isQuery = offender.Length > header && offender[header] is 0 or 8 or (>= 13 and <= 18);
        return isFirst && areHosts && (offender[9] != 1 || (isQuery && error != IcmpError.NetUnreachable));
    }

    private static void Check(Span<byte> reply, ReadOnlySpan<byte> offender, IcmpError error)
    {
        Hold.Same(DropReason.None, NaivePacket.Verdict(reply, carriesIpv6: true));
        bool isIpv6 = reply[0] >> 4 == 6;
        int header = isIpv6 ? 40 : 20;
        (int from, int to, int size) = isIpv6 ? (8, 24, 16) : (12, 16, 4);
        Hold.Same(offender.Slice(from, size), reply.Slice(to, size), "the destination");
        Hold.Same(isIpv6 ? 58 : 1, reply[isIpv6 ? 6 : 9]);
        if (isIpv6)
            Hold.Same(LoopRig.TunIpv6Address, Ipv6Header.Source(reply));
        else
        {
            Hold.Same(LoopRig.TunAddress.Value, BinaryPrimitives.ReadUInt32BigEndian(reply[12..]));
            Hold.Same((ushort)0, TestPacket.NaiveChecksum(reply[..20]));
        }

        ReadOnlySpan<byte> message = reply[header..];
        Hold.Same(isIpv6 ? error.Ipv6Type : error.Type, message[0]);
        ReadOnlySpan<byte> quoted = message[8..];
        Hold.Same(offender[..quoted.Length], quoted, "what is quoted");
        Hold.That(quoted.Length == offender.Length || quoted.Length >= (isIpv6 ? 1232 : (offender[0] % 16 * 4) + 8));
        byte[] summed = isIpv6
            ? [.. reply[8..40], 0, 58, (byte)(message.Length >> 8), (byte)message.Length, .. message]
            : [.. message];
        Hold.Same((ushort)0, TestPacket.NaiveChecksum(summed));
    }
}
