using System.Buffers.Binary;

namespace FastFlannel.Lab;

/// <summary>ICMP echo requests (RFC 792).</summary>
internal static class IcmpEcho
{
    /// <summary>Bytes before the payload.</summary>
    public const int Header = 8;

    private const byte Request = 8;

    /// <summary>Writes the header of a request, checksum included.</summary>
    /// <param name="message">The message, of an even length; what follows the header is its payload.</param>
    /// <param name="id">Which flow.</param>
    /// <param name="number">Which of the flow.</param>
    public static void WriteRequest(Span<byte> message, ushort id, ushort number)
    {
        message[..Header].Clear();
        message[0] = Request;
        BinaryPrimitives.WriteUInt16BigEndian(message[4..], id);
        BinaryPrimitives.WriteUInt16BigEndian(message[6..], number);
        int sum = 0;
        for (int i = 0; i < message.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(message[i..]);

        while (sum > 0xFFFF)
            sum = (sum & 0xFFFF) + (sum >> 16);

        BinaryPrimitives.WriteUInt16BigEndian(message[2..], (ushort)~sum);
    }
}
