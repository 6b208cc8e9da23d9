using System.Buffers.Binary;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>IPv4 socket addresses: struct sockaddr_in (netinet/in.h), family in host order, port and address in network order.</summary>
internal static unsafe class SocketAddress
{
    // The address is a valid struct for as long as the call lasts.
    public static void Write(sockaddr_in* target, Ipv4Endpoint endpoint)
    {
        byte* bytes = (byte*)target;
        target->sin_family = LibC.AF_INET;
        BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(bytes + 2, 2), endpoint.Port);
        BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(bytes + 4, 4), endpoint.Address.Value);
    }

    public static Ipv4Endpoint Read(sockaddr_in* source)
    {
        byte* bytes = (byte*)source;
        return new Ipv4Endpoint(
            new Ipv4Address(BinaryPrimitives.ReadUInt32BigEndian(new ReadOnlySpan<byte>(bytes + 4, 4))),
            BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(bytes + 2, 2)));
    }
}
