using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>Keeps a lease alive: renews it a margin before it expires, again and again.</summary>
internal sealed class LeaseRenewer(LeaseRegistry registry, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(30);

    /// <summary>Renews until told to stop.</summary>
    /// <param name="lease">The lease, full of life.</param>
    /// <param name="margin">How long before its end to renew it.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="FatalException">The lease belongs to somebody else, or to nobody, by now.</exception>
    public async Task RunAsync(Lease lease, TimeSpan margin, CancellationToken cancellation)
    {
        while (true)
        {
            // A reservation never expires.
            TimeSpan wait = lease.IsReservation ? Timeout.InfiniteTimeSpan : LeaseRegistry.TimeToLive - margin;
            await Task.Delay(wait, time, cancellation);
            lease = await RenewAsync(lease, cancellation);
            logger.LeaseRenewed(lease.Subnet);
        }
    }

    private async Task<Lease> RenewAsync(Lease lease, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                Lease? renewed = await registry.TryRenewAsync(lease, lease.Attributes, cancellation);
                if (renewed is not null)
                    return renewed;

                lease = await FindOwnAsync(lease, cancellation);
            }
            catch (EtcdException e)
            {
                logger.RenewalFailed(lease.Subnet, e.Message);
                await Task.Delay(RetryPause, time, cancellation);
            }
        }
    }

    /// <summary>The own lease as it is now: a renewal whose answer got lost has moved it on, and that is no loss.</summary>
    private async Task<Lease> FindOwnAsync(Lease lease, CancellationToken cancellation)
    {
        LeaseList list = await registry.ListAsync(cancellation);
        Lease? current = list.Leases.FirstOrDefault(l => l.Subnet == lease.Subnet);
        return OwnLease.Check(lease, current);
    }
}
