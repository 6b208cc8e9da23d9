using System.Buffers.Binary;
using FastFlannel.Native;
using FastFlannel.Router;
using FastFlannel.Router.Tests;

namespace FastFlannel.Fuzz.Tests;

/// <summary>Sets right what a mutation has left wrong in a packet: lengths and checksums.</summary>
internal static class PacketRepair
{
    /// <summary>One packet.</summary>
    public static byte[] Whole(byte[] input)
    {
        byte[] packet = [.. input];
        Fix(packet);
        return packet;
    }

    /// <summary>A virtio header with a packet behind it.</summary>
    public static byte[] Framed(byte[] input)
    {
        if (input.Length < VirtioHeader.Size)
            return input;

        byte[] packet = input[VirtioHeader.Size..];
        Fix(packet);
        return [.. input[..VirtioHeader.Size], .. packet];
    }

    /// <summary>Packets with their lengths before them, as <see cref="PacketList"/> reads them.</summary>
    public static byte[] List(byte[] input) => PacketList.Write(PacketList.Read(input).Select(Whole));

    private static void Fix(byte[] packet)
    {
        if (packet.Length < 40)
            return;

        bool isIpv6 = packet[0] >> 4 == 6;
        if (isIpv6)
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(packet.Length - 40));
        else
        {
            int words = Math.Clamp(packet[0] & 0xF, 5, Math.Min(15, packet.Length / 4));
            packet[0] = (byte)(0x40 | words);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
            TestPacket.FixChecksum(packet);
        }

        if (PacketView.TryParse(packet, carriesIpv6: true, out PacketView view) != DropReason.None
            || (!isIpv6 && view.IsFragment)
            || TransportView.HeaderLengthOf(view) == 0)
        {
            return;
        }

        if (view.Protocol == TransportView.Udp)
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(view.HeaderLength + 4), (ushort)(packet.Length - view.HeaderLength));

        TransportPacket.FixTransportChecksum(packet);
    }
}
