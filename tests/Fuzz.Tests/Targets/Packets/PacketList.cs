using System.Buffers.Binary;

namespace FastFlannel.Fuzz.Tests;

/// <summary>Several packets in one input, each behind its length in two bytes, network byte order. The last may be cut off.</summary>
internal static class PacketList
{
    public static List<byte[]> Read(ReadOnlySpan<byte> input)
    {
        List<byte[]> packets = [];
        while (input.Length >= sizeof(ushort))
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(input);
            input = input[sizeof(ushort)..];
            length = Math.Min(length, input.Length);
            packets.Add(input[..length].ToArray());
            input = input[length..];
        }

        return packets;
    }

    public static byte[] Write(IEnumerable<byte[]> packets)
    {
        List<byte> input = [];
        foreach (byte[] packet in packets)
            input.AddRange([(byte)(packet.Length >> 8), (byte)packet.Length, .. packet]);

        return [.. input];
    }
}
