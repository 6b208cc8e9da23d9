using System.Buffers.Binary;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

/// <summary>Makes correct IPv4 packets, which tests then spoil.</summary>
internal static class TestPacket
{
    public const string Local = "10.5.1.2";
    public const string Remote = "10.5.2.2";
    public const string Ipv6Local = "fd05:0:0:1::2";
    public const string Ipv6Remote = "fd05:0:0:2::2";

    public static byte[] Make(
        int length = 84, string source = Local, string destination = Remote, byte ttl = 64, byte protocol = 17, int optionWords = 0,
        ushort flagsAndOffset = 0)
    {
        int headerLength = 20 + (optionWords * 4);
        byte[] packet = new byte[length];
        packet[0] = (byte)(0x40 | (headerLength / 4));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)length);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), 0x1234);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), flagsAndOffset);
        packet[8] = ttl;
        packet[9] = protocol;
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(12), Ipv4Address.Parse(source).Value);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(16), Ipv4Address.Parse(destination).Value);
        packet.AsSpan(20, headerLength - 20).Fill(1); // no-operation options
        for (int i = headerLength; i < length; i++)
            packet[i] = (byte)i;

        FixChecksum(packet);
        return packet;
    }

    /// <summary>Makes a correct IPv6 packet.</summary>
    public static byte[] MakeIpv6(
        int length = 104, string source = Ipv6Local, string destination = Ipv6Remote, byte hopLimit = 64, byte protocol = 17)
    {
        byte[] packet = new byte[length];
        packet[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(length - 40));
        packet[6] = protocol;
        packet[7] = hopLimit;
        BinaryPrimitives.WriteUInt128BigEndian(packet.AsSpan(8), Ipv6Address.Parse(source).Value);
        BinaryPrimitives.WriteUInt128BigEndian(packet.AsSpan(24), Ipv6Address.Parse(destination).Value);
        for (int i = 40; i < length; i++)
            packet[i] = (byte)i;

        return packet;
    }

    /// <summary>The same packet a router further.</summary>
    public static byte[] TakeHop(byte[] packet)
    {
        byte[] hopped = [.. packet];
        hopped[IsIpv6(packet) ? 7 : 8]--;
        FixChecksum(hopped);
        return hopped;
    }

    public static bool IsIpv6(ReadOnlySpan<byte> packet) => packet[0] >> 4 == 6;

    /// <summary>Computes the IP header's checksum, which IPv6 has not.</summary>
    public static void FixChecksum(byte[] packet)
    {
        if (IsIpv6(packet))
            return;

        int headerLength = (packet[0] & 0xF) * 4;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), 0);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), NaiveChecksum(packet.AsSpan(0, headerLength)));
    }

    /// <summary>RFC 1071 word by word, as slow and as plain as can be.</summary>
    public static ushort NaiveChecksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            sum += i % 2 == 0 ? (uint)bytes[i] << 8 : bytes[i];
            if (sum > 0xFFFF)
                sum -= 0xFFFF;
        }

        return (ushort)~sum;
    }
}
