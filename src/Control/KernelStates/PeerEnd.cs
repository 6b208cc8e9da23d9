using System.Net;

namespace FastFlannel.Control;

/// <summary>A peer as one family sees it.</summary>
/// <param name="Peer">Both families' subnets, by which it is known.</param>
/// <param name="Subnet">What is behind it.</param>
/// <param name="Host">Where it is.</param>
/// <param name="Data">What its backend says, or null.</param>
internal readonly record struct PeerEnd(Subnet Peer, IPNetwork Subnet, IPAddress Host, string? Data)
{
    /// <summary>The IPv4 half, which every lease has.</summary>
    public static PeerEnd IPv4Of(Lease lease) => new(
        lease.Subnet, lease.Subnet.Ipv4, lease.Attributes.PublicIP, lease.Attributes.BackendData);

    /// <summary>The IPv6 half, or null.</summary>
    public static PeerEnd? IPv6Of(Lease lease) => lease is { Subnet.Ipv6: { } subnet, Attributes.PublicIPv6: { } host }
        ? new PeerEnd(lease.Subnet, subnet, host, lease.Attributes.BackendV6Data)
        : null;
}
