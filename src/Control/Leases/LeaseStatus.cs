using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>The own lease at one moment.</summary>
/// <param name="Subnet">What this host holds.</param>
/// <param name="PublicIP">Where peers send, as the lease says.</param>
/// <param name="PublicIPv6">The same for IPv6, or null.</param>
/// <param name="Left">
/// How long it lives on without renewal, at least; 0 when it may have run out, null for a reservation, which never does.
/// </param>
public sealed record LeaseStatus(Subnet Subnet, Ipv4Address PublicIP, Ipv6Address? PublicIPv6, TimeSpan? Left)
{
    /// <summary>Whether it never expires.</summary>
    public bool IsReservation => Left is null;
}
