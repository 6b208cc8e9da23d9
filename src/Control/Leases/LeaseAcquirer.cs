using System.Numerics;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// Gets this host its subnet: the one it has, else the one it had, else a free one. Whatever another host does meanwhile shows as
/// a failed compare, and the answer to that is a fresh list and a new decision.
/// </summary>
internal sealed class LeaseAcquirer(LeaseRegistry registry, Random random, ILogger logger)
{
    // Each failed try means that another host got a subnet: a bound that only a store gone mad can reach.
    private const int MaximumTries = 1000;

    /// <summary>Adds what the backend has to say, given what an earlier run said in the lease that is used again, or null.</summary>
    public Func<LeaseAttributes, LeaseAttributes?, LeaseAttributes> Describe { get; init; } = static (bare, _) => bare;

    /// <summary>Acquires a subnet.</summary>
    /// <param name="config">Which subnets there are.</param>
    /// <param name="attributes">How peers reach this host; its public IP also tells which leases are its own.</param>
    /// <param name="previous">The subnets of the last run, or null.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The lease, with its full time.</returns>
    /// <exception cref="FatalException">All subnets are leased.</exception>
    /// <exception cref="EtcdException">etcd failed; acquiring again is safe, since an own lease is found and used.</exception>
    public async Task<Lease> AcquireAsync(
        NetworkConfig config, LeaseAttributes attributes, Subnet? previous, CancellationToken cancellation)
    {
        for (int tries = 0; tries < MaximumTries; tries++)
        {
            LeaseList list = await registry.ListAsync(cancellation);
            SubnetDecision decision = SubnetAllocator.Decide(
                config, list.Leases, attributes.PublicIP, previous, random, list.Unreadable.Keys);
            foreach (Lease unfit in decision.Incompatible)
            {
                logger.DeletingUnfitLease(unfit.Subnet, config.Network);
                _ = await registry.TryDeleteAsync(unfit, cancellation);
            }

            if (decision.PreviousRefused is { } refusal && tries == 0)
                logger.PreviousSubnetRefused(refusal);

            Lease? lease = decision switch
            {
                SubnetDecision.Reuse reuse => await registry.TryRenewAsync(
                    reuse.Lease, Again(reuse.Lease.Attributes), cancellation),
                SubnetDecision.TakePrevious take => await registry.TryCreateAsync(
                    take.Subnet, Describe(attributes, null), list.Revision, cancellation),
                SubnetDecision.TakeFree take => await registry.TryCreateAsync(
                    take.Subnet, Describe(attributes, null), list.Revision, cancellation),
                SubnetDecision.OutOfSubnets none => throw new FatalException($"failed to acquire lease: {none.Message}"),
                _ => throw new InvalidOperationException($"unknown decision {decision}"),
            };
            if (lease is not null)
            {
                logger.LeaseAcquired(lease.Subnet, attributes.PublicIP, Reason(decision));
                return lease;
            }

            // The first, the second, the fourth ...: a thousand hosts that start at once need not tell of each other a thousand times.
            if (BitOperations.IsPow2(tries + 1))
                logger.LeaseConflict(tries + 1);
        }

        throw new FatalException($"failed to acquire lease: {MaximumTries} tries, and each time another host was faster");

        static string Reason(SubnetDecision decision) => decision switch
        {
            SubnetDecision.Reuse { Lease.IsReservation: true } => "reserved for it",
            SubnetDecision.Reuse => "it has had it",
            SubnetDecision.TakePrevious => "as in its last run",
            _ => "nobody had it",
        };

        LeaseAttributes Again(LeaseAttributes held) => Describe(attributes, held) with { OtherFields = held.OtherFields };
    }
}
