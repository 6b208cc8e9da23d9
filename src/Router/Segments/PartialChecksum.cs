using System.Buffers.Binary;
using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>Completes the transport checksum that the kernel left to the device (linux/skbuff.h, CHECKSUM_PARTIAL).</summary>
internal static class PartialChecksum
{
    /// <summary>Completes it; the field holds the sum of the pseudo-header.</summary>
    /// <param name="packet">A whole packet.</param>
    /// <param name="header">What the kernel said about it.</param>
    /// <returns>Whether the header's numbers lie inside of the packet.</returns>
    public static bool TryComplete(Span<byte> packet, VirtioHeader header)
    {
        if ((header.Flags & VirtioHeader.NeedsChecksum) == 0)
            return true;

        int field = header.ChecksumStart + header.ChecksumOffset;
        if (field + sizeof(ushort) > packet.Length)
            return false;

        ushort sum = InternetChecksum.Sum(packet[header.ChecksumStart..]);

        // Zero means none in UDP (RFC 768) and says the same as its complement everywhere.
        BinaryPrimitives.WriteUInt16BigEndian(packet[field..], TransportView.UdpChecksum(sum));
        return true;
    }
}
