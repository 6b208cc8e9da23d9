using System.Buffers.Binary;

namespace FastFlannel.Native.Tests;

/// <summary>What a peer's kernel sends.</summary>
internal static class PeerFrame
{
    /// <summary>Bytes of Ethernet and the outer headers.</summary>
    public const int Headers = 14 + 28;

    /// <summary>Ethernet, IPv4 from 192.0.2.1 to 192.0.2.2, UDP 8285; in it TCP from 10.5.1.9 to 10.5.2.9.</summary>
    public static byte[] Make(int payload)
    {
        byte[] frame = new byte[Headers + 20 + payload];
        Span<byte> outer = frame.AsSpan(14);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x0800);
        WriteIpv4(outer, outer.Length, 17, "192.0.2.1", "192.0.2.2");
        BinaryPrimitives.WriteUInt16BigEndian(outer[20..], 8285);
        BinaryPrimitives.WriteUInt16BigEndian(outer[22..], 8285);
        BinaryPrimitives.WriteUInt16BigEndian(outer[24..], (ushort)(outer.Length - 20));
        WriteIpv4(outer[28..], 20 + payload, 6, "10.5.1.9", "10.5.2.9");
        return frame;
    }

    /// <summary>The same for one Ethernet address, and with a VLAN's tag where one is given (IEEE 802.1Q).</summary>
    public static byte[] Make(MacAddress destination, ushort? tag = null)
    {
        byte[] frame = Make(payload: 100);
        destination.CopyTo(frame);
        if (tag is not { } value)
            return frame;

        byte[] label = [0x81, 0x00, (byte)(value >> 8), (byte)value];
        return [.. frame[..12], .. label, .. frame[12..]];
    }

    /// <summary>Writes an IPv4 header's checksum.</summary>
    public static void WriteChecksum(Span<byte> header)
    {
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], (ushort)~Sum(header[..20]));
    }

    /// <summary>The one's complement sum.</summary>
    public static int Sum(ReadOnlySpan<byte> bytes)
    {
        int sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);

        while (sum > 0xFFFF)
            sum = (sum & 0xFFFF) + (sum >> 16);

        return sum;
    }

    private static void WriteIpv4(Span<byte> header, int length, byte protocol, string source, string destination)
    {
        header[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)length);
        header[6] = 0x40;
        header[8] = 64;
        header[9] = protocol;
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], Ipv4Address.Parse(source).Value);
        BinaryPrimitives.WriteUInt32BigEndian(header[16..], Ipv4Address.Parse(destination).Value);
        WriteChecksum(header);
    }
}
