namespace FastFlannel.Control;

/// <summary>A subnet that a node holds, as one etcd entry says.</summary>
/// <param name="Subnet">What is held; the entry's key.</param>
/// <param name="Attributes">How the node is reached; the entry's value.</param>
/// <param name="EtcdLeaseId">
/// The etcd lease that the entry lives on, or 0 when it never expires: an operator has reserved the subnet for a node.
/// </param>
/// <param name="ModRevision">The etcd revision that last wrote the entry, for a write that compares.</param>
public sealed record Lease(Subnet Subnet, LeaseAttributes Attributes, long EtcdLeaseId, long ModRevision)
{
    /// <summary>Whether the entry never expires.</summary>
    public bool IsReservation => EtcdLeaseId == 0;
}
