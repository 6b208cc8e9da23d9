using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>Keeps a lease alive: renews it a margin before it expires, again and again.</summary>
internal sealed class LeaseRenewer(NodeStatus status, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Renews until told to stop.</summary>
    /// <param name="own">The lease. It may be some time since it was renewed: a daemon that stood by for another goes on here.</param>
    /// <param name="margin">How long before its end to renew it.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="FatalException">Another host holds the subnet by now.</exception>
    public async Task RunAsync(OwnLease own, TimeSpan margin, CancellationToken cancellation)
    {
        while (true)
        {
            // A reservation needs none, but an operator may turn it into a lease at any time.
            TimeSpan pause = (own.Current.IsReservation ? own.TimeToLive : own.Left) - margin;
            await Task.Delay(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, time, cancellation);
            if (!own.Current.IsReservation)
                await RenewAsync(own, cancellation);
        }
    }

    private async Task RenewAsync(OwnLease own, CancellationToken cancellation)
    {
        var budget = new LogBudget(time);
        var backoff = new Backoff(FirstPause, LongestPause, time);
        while (true)
        {
            try
            {
                if (await own.TryRenewAsync(cancellation))
                {
                    status.ReportLease(null);
                    logger.LeaseRenewed(own.Subnet);
                    return;
                }
            }
            catch (EtcdException e)
            {
                status.ReportLease($"could not renew the lease of {own.Subnet}: {e.Message}");
                if (budget.Allows(e.Message))
                    logger.RenewalFailed(own.Subnet, e.Message);
            }

            await backoff.PauseAsync(cancellation);
        }
    }
}
