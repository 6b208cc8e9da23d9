using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>What an operator's word on a reservation has changed.</summary>
public enum ReservationChange
{
    /// <summary>A free subnet is reserved now.</summary>
    Reserved,

    /// <summary>The lease of a host is a reservation now: it does not expire any more.</summary>
    LeaseReserved,

    /// <summary>It was reserved for that host already.</summary>
    None,

    /// <summary>The reservation is an ordinary lease now, which its running host renews.</summary>
    LeaseReleased,

    /// <summary>The reservation is an ordinary lease now, since nobody knows whether its host runs; it may expire.</summary>
    LeaseLeftToExpire,

    /// <summary>The reservation is gone and the subnet free.</summary>
    ReservationDeleted,

    /// <summary>The lease is gone, though it was none of an operator's making.</summary>
    LeaseDeleted,
}

/// <summary>What has become of a subnet.</summary>
/// <param name="Change">What was done.</param>
/// <param name="Subnet">To what: both families of a dual-stack lease.</param>
/// <param name="PublicIP">Whose it is, or was.</param>
/// <param name="HostName">The name of that host if a daemon runs there and says so, or null.</param>
public sealed record ReservationOutcome(ReservationChange Change, Subnet Subnet, Ipv4Address PublicIP, string? HostName);
