using Etcdserverpb;
using FastFlannel.Native;
using Google.Protobuf;

namespace FastFlannel.Control;

// Reservations: keys that never expire. Only an operator makes and ends them; a daemon keeps what it finds.
public sealed partial class LeaseRegistry
{
    /// <summary>Makes a lease a reservation, unless it was changed meanwhile.</summary>
    /// <returns>The reservation, or null.</returns>
    internal async Task<Lease?> TryReserveAsync(Lease lease, CancellationToken cancellation)
    {
        Lease? reserved = await TryPutAsync(lease.Subnet, lease.Attributes, leaseId: 0, [Unchanged(lease)], cancellation);
        if (reserved is not null)
            await RevokeQuietlyAsync(lease.EtcdLeaseId, cancellation);

        return reserved;
    }

    /// <summary>Reserves a subnet that was free when the leases were listed, unless any lease was written since.</summary>
    /// <param name="subnet">What was free.</param>
    /// <param name="attributes">Whom it is for.</param>
    /// <param name="listed">The list's revision.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The reservation, or null.</returns>
    internal Task<Lease?> TryReserveAsync(
        Subnet subnet, LeaseAttributes attributes, long listed, CancellationToken cancellation) =>
        TryPutAsync(subnet, attributes, leaseId: 0, [Absent(subnet), NothingSince(listed)], cancellation);

    /// <summary>Makes a reservation a lease with its full time, unless it was changed meanwhile.</summary>
    /// <returns>The lease, or null.</returns>
    internal Task<Lease?> TryReleaseAsync(Lease reservation, CancellationToken cancellation) =>
        TryPutOnNewLeaseAsync(reservation.Subnet, reservation.Attributes, [Unchanged(reservation)], cancellation);

    /// <summary>Deletes a lease, unless it was changed or a live host has marked a public IP as its own meanwhile.</summary>
    /// <returns>Whether it was deleted.</returns>
    internal async Task<bool> TryDeleteUnownedAsync(Lease lease, Ipv4Address publicIP, CancellationToken cancellation)
    {
        var unowned = new Compare
        {
            Key = ByteString.CopyFromUtf8(EtcdKeys.Owner(_prefix, publicIP)),
            Target = Compare.Types.CompareTarget.Version,
            Result = Compare.Types.CompareResult.Equal,
            Version = 0,
        };
        var delete = new DeleteRangeRequest { Key = KeyOf(lease.Subnet) };
        return await _store.TransactAsync(
            [Unchanged(lease), unowned], new RequestOp { RequestDeleteRange = delete }, cancellation) is not null;
    }
}
