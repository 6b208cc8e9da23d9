using Etcdserverpb;
using FastFlannel.Native;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Mvccpb;

namespace FastFlannel.Control;

/// <summary>
/// This host's claim to its public IP, in etcd where flanneld does not look. A lease belongs to whoever has the public IP in it, so
/// two live hosts with one address would share a subnet (every Vagrant box has 10.0.2.15). The mark hangs on a short etcd lease of
/// its own: that of a host that has died expires, and one that is renewed has a live owner. docs/adr/0008-owner-mark.md.
/// </summary>
internal sealed class OwnerMark(EtcdStore store, Ipv4Address publicIP, HostProcess self, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Ipv4Address _publicIP = publicIP;

    // The etcd lease of the mark; 0 as long as there is none.
    private long _leaseId;
    private bool _isForbidden;

    /// <summary>How long a mark outlives its host.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A process, by its mark, that stands by for this one to take over; null when there is none.</summary>
    public string? Predecessor { get; init; }

    /// <summary>Hears that the mark is kept.</summary>
    public Pulse Pulse { get; init; } = new(time);

    private string Key => EtcdKeys.Owner(store.Settings.Prefix, _publicIP);

    /// <summary>Claims the public IP. A mark whose owner shows no life is waited out; one of an earlier run here is taken over.</summary>
    /// <exception cref="FatalException">Another live host has the address.</exception>
    /// <exception cref="EtcdException">etcd failed; claim again.</exception>
    public async Task ClaimAsync(CancellationToken cancellation)
    {
        try
        {
            (long Lease, TimeSpan Left)? before = null;
            while (true)
            {
                KeyValue? mark = await store.GetPairAsync(Key, cancellation);
                if (mark is null || IsFree(mark))
                {
                    if (await TryReplaceAsync(mark, cancellation))
                        return;

                    continue;
                }

                TimeSpan left = await store.TimeToLiveAsync(mark.Lease, cancellation);
                var owner = HostProcess.Read(mark.Value.ToStringUtf8());
                if (before is null)
                    logger.PublicIPMarked(_publicIP, self.ToString(), owner.ToString(), left.TotalSeconds);
                else if (mark.Lease != before.Value.Lease || left > before.Value.Left)
                    throw TwoOwners(owner);

                before = (mark.Lease, left);
                await Task.Delay(TimeToLive / 10, time, cancellation);
            }
        }
        catch (EtcdException e) when (e.Status is { StatusCode: StatusCode.PermissionDenied })
        {
            // Whoever allows no more than flanneld needs gets what flanneld gives.
            _isForbidden = true;
            logger.OwnerMarkForbidden(Key, e.Message);
        }
    }

    /// <summary>Claims another public IP by the same rules, and lets go of the one before.</summary>
    /// <exception cref="FatalException">Another live host has the address; this one's mark is where it was.</exception>
    /// <exception cref="EtcdException">etcd failed; move again.</exception>
    public async Task MoveAsync(Ipv4Address next, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        (Ipv4Address PublicIP, long LeaseId) before = (_publicIP, _leaseId);
        try
        {
            if (_isForbidden || next == before.PublicIP)
                return;

            (_publicIP, _leaseId) = (next, 0);
            await ClaimAsync(cancellation);
            if (before.LeaseId != 0)
                await RevokeQuietlyAsync(before.LeaseId, cancellation);
        }
        catch (Exception e) when (e is FatalException or EtcdException or OperationCanceledException)
        {
            (_publicIP, _leaseId) = before;
            throw;
        }
        finally
        {
            _ = _turn.Release();
        }
    }

    /// <summary>Keeps the mark alive until told to stop, and makes it again when it is gone.</summary>
    /// <exception cref="FatalException">Another live host has the address by now.</exception>
    public async Task KeepAsync(CancellationToken cancellation)
    {
        using Heartbeat heart = Pulse.Begin("keep the owner mark in etcd");
        while (true)
        {
            heart.Beat();
            await Task.Delay(TimeToLive / 3, time, cancellation);
            if (_isForbidden)
                continue;

            await _turn.WaitAsync(cancellation);
            try
            {
                if (!await store.KeepAliveAsync(_leaseId, cancellation))
                    await ClaimAsync(cancellation);
            }
            catch (EtcdException)
            {
                // Said by who follows the leases; the mark may expire meanwhile and is made again.
            }
            finally
            {
                _ = _turn.Release();
            }
        }
    }

    /// <summary>Takes the mark away, so that nobody has to wait for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        _turn.Dispose();
        if (_leaseId != 0)
            await store.TryRevokeAsync(_leaseId);
    }

    // A live host's mark always hangs on an etcd lease.
    private bool IsFree(KeyValue mark) =>
        mark.Lease == 0
        || mark.Value.ToStringUtf8() == Predecessor
        || HostProcess.Read(mark.Value.ToStringUtf8()) is var owner && (owner == self || owner.HasEnded);

    private async Task<bool> TryReplaceAsync(KeyValue? mark, CancellationToken cancellation)
    {
        var condition = new Compare
        {
            Key = ByteString.CopyFromUtf8(Key),
            Target = Compare.Types.CompareTarget.Mod,
            Result = Compare.Types.CompareResult.Equal,
            ModRevision = mark?.ModRevision ?? 0,
        };
        long leaseId = await store.GrantAsync(TimeToLive, cancellation);
        var put = new PutRequest { Key = condition.Key, Value = ByteString.CopyFromUtf8(self.ToJson()), Lease = leaseId };
        bool isOurs = await store.TransactAsync(condition, new RequestOp { RequestPut = put }, cancellation) is not null;
        if (isOurs)
            _leaseId = leaseId;

        // The lease that holds no mark now; a failure leaves it to expire.
        long idle = isOurs ? mark?.Lease ?? 0 : leaseId;
        if (idle != 0)
            await RevokeQuietlyAsync(idle, cancellation);

        return isOurs;
    }

    private async Task RevokeQuietlyAsync(long leaseId, CancellationToken cancellation)
    {
        try
        {
            await store.RevokeAsync(leaseId, cancellation);
        }
        catch (EtcdException)
        {
            // It expires.
        }
    }

    private FatalException TwoOwners(HostProcess owner) => new(
        $"two live hosts have the public IP {_publicIP}: this one, {self}, and {owner}. Each needs an address of its own: name the "
        + "interface that leads to the other hosts with --iface, or the address with --public-ip");
}
