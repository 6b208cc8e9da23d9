using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// Tells peers when this host's public address changes: the owner mark moves, and the lease says the new address under the same
/// subnet. Tried for as long as it takes, and given up only for an address that is newer.
/// </summary>
internal sealed class AddressAnnouncer(
    LeaseRegistry registry, OwnLease own, OwnerMark mark, Patience patience, NodeStatus status, ILogger logger)
{
    private readonly Channel<ExternalInterface> _newest =
        Channel.CreateBounded<ExternalInterface>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>Has peers told; returns at once.</summary>
    public void Announce(ExternalInterface external)
    {
        registry.Reconnect();
        _ = _newest.Writer.TryWrite(external);
    }

    /// <summary>Announces until told to stop.</summary>
    /// <exception cref="FatalException">The subnet was lost to another host.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            ExternalInterface external = await _newest.Reader.ReadAsync(cancellation);
            using var newer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task announcing = AnnounceAsync(external, newer.Token);
            Task<bool> another = _newest.Reader.WaitToReadAsync(newer.Token).AsTask();
            _ = await Task.WhenAny(announcing, another);
            await newer.CancelAsync();
            await announcing.ContinueWith(static _ => { }, TaskScheduler.Default);
            if (announcing.IsFaulted)
                await announcing;
        }
    }

    private async Task AnnounceAsync(ExternalInterface external, CancellationToken cancellation)
    {
        // Behind a NAT the address that peers know stays when the host's own changes.
        LeaseAttributes told = own.Current.Attributes;
        bool isNews = told.PublicIP != external.PublicAddress || told.PublicIPv6 != external.PublicIPv6;
        string what = $"tell peers of this host's new address {external.PublicAddress}";
        Report("");
        await patience.UntilDoneAsync(what, TryAsync, cancellation);
        status.ReportAnnouncement(null);

        async Task TryAsync(CancellationToken token)
        {
            try
            {
                await TryAnnounceAsync(external, token);
            }
            catch (Exception e) when (e is EtcdException or NotYetException)
            {
                Report($": {e.Message}");
                throw;
            }
        }

        void Report(string cause) => status.ReportAnnouncement(isNews ? $"it is not possible yet to {what}{cause}" : null);
    }

    private async Task TryAnnounceAsync(ExternalInterface external, CancellationToken cancellation)
    {
        await RefuseAddressOfOtherLeaseAsync(external, cancellation);
        try
        {
            await mark.MoveAsync(external.PublicAddress, cancellation);
        }
        catch (FatalException e)
        {
            // At start there is no reason to go on; here containers run, and the network may yet be put right.
            throw new NotYetException(e.Message);
        }

        LeaseAttributes before = own.Current.Attributes;
        while (!await own.TryMoveAsync(external.PublicAddress, external.PublicIPv6, cancellation))
        {
            // Somebody wrote meanwhile, which is settled by now.
        }

        if (before != own.Current.Attributes)
            logger.AddressAnnounced(own.Subnet, before.ToJson(), own.Current.Attributes.ToJson());
    }

    /// <summary>Hosts know their leases by the address: two leases with one would be taken for one another at the next start.</summary>
    private async Task RefuseAddressOfOtherLeaseAsync(ExternalInterface external, CancellationToken cancellation)
    {
        LeaseList list = await registry.ListAsync(cancellation);
        Lease? other = list.Leases.FirstOrDefault(
            lease => lease.Attributes.PublicIP == external.PublicAddress && lease.Subnet != own.Subnet);
        if (other is null)
            return;

        throw new NotYetException(
            $"the address {external.PublicAddress} of {external.Name} is in another host's lease, of {other.Subnet}. Peers do not "
            + $"reach {own.Subnet} until this host has an address of its own; if the other host is gone, delete the key of its "
            + "lease in etcd");
    }
}
