using Etcdserverpb;
using FastFlannel.Native;
using Google.Protobuf;
using Grpc.Core;
using Mvccpb;

namespace FastFlannel.Control;

/// <summary>
/// Who has a way through the kernel, in etcd where flanneld does not look: a key a host, on a short etcd lease. A host is told of
/// before it sends, so that whoever gets its packets expects them (docs/adr/0012-kernel-tunnel.md).
/// </summary>
internal sealed class TunnelDirectory(EtcdStore store, KernelPath path, TimeProvider time)
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(2);

    // Others hear of a key within milliseconds. Should one take longer, what it gets meanwhile is lost.
    private static readonly TimeSpan HearingTime = TimeSpan.FromSeconds(1);

    private readonly string _prefix = EtcdKeys.Tunnels(store.Settings.Prefix);
    private readonly Dictionary<Ipv4Address, TunnelOffer> _hosts = [];
    private long _leaseId;

    // When etcd last took note that this host is there.
    private long _confirmed;
    private bool _isEarlierRetracted;
    private Ipv4Address _announced;
    private TunnelOffer _offered;

    private TunnelOffer Offer => Own?.Now ?? new TunnelOffer(TakesSubnet: true);

    /// <summary>How long a host that has died without a word is believed to have a way, in whole seconds.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What this host takes, which may change; null for all of its subnet, always.</summary>
    public OwnOffer? Own { get; init; }

    /// <summary>Whether this host stays announced when this is told to stop, because another daemon takes over.</summary>
    public Func<bool> IsSucceeded { get; init; } = static () => false;

    /// <summary>Announces this host and follows the others until told to stop.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                try
                {
                    await FollowAsync(cancellation);
                }
                catch (EtcdException e) when (e.Status is { StatusCode: StatusCode.PermissionDenied })
                {
                    // Whoever allows no more than flanneld needs gets what flanneld gives.
                    path.TurnOff($"etcd gives no right to {_prefix} ({e.Message})");
                    await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
                }
                catch (EtcdException)
                {
                    // Said by who follows the leases. What is known stays in force, as long as peers know as much of this host: it may
                    // be the only one that does not reach etcd, and then they soon expect no packets of its kernel.
                    if (time.GetElapsedTime(_confirmed) > TimeToLive / 2)
                        path.EndSending();
                }

                await Task.Delay(RetryPause, time, cancellation);
            }
        }
        finally
        {
            // Peers that no longer expect super-packets of this host must not get any.
            if (!IsSucceeded())
            {
                path.EndSending();
                await RetractAsync();
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        RangeResponse list = await store.ListAsync(_prefix, cancellation);
        _hosts.Clear();
        foreach (KeyValue pair in list.Kvs)
        {
            if (HostOf(_prefix, pair.Key) is { } host)
                _hosts[host] = TunnelOffer.Read(pair.Value.ToStringUtf8());
        }

        path.SetAnnounced(new Dictionary<Ipv4Address, TunnelOffer>(_hosts));

        await Companions.RunAsync(
            [stop => WatchAsync(list.Header.Revision + 1, stop), KeepAsync, FollowOfferAsync], cancellation);
    }

    private async Task WatchAsync(long revision, CancellationToken cancellation)
    {
        await foreach (IReadOnlyList<Event> events in store.WatchAsync(_prefix, revision, cancellation).GatherAsync(time, cancellation))
        {
            foreach (Event change in events)
                Note(change);

            path.SetAnnounced(new Dictionary<Ipv4Address, TunnelOffer>(_hosts));
        }
    }

    private void Note(Event change)
    {
        if (HostOf(_prefix, change.Kv.Key) is not { } host)
            return;

        if (change.Type == Event.Types.EventType.Put)
            _hosts[host] = TunnelOffer.Read(change.Kv.Value.ToStringUtf8());
        else
            _ = _hosts.Remove(host);
    }

    /// <summary>Announces this host, then sends, then keeps the key alive and at this host's address.</summary>
    private async Task KeepAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (KernelTunnelRules.HasIpsecCome())
                path.TurnOff(KernelPath.IpsecReason);

            if (path.IsOn)
                await KeepKnownAsync(cancellation);
            else
                await RetractAllAsync(cancellation);

            path.Settle();
            await Task.Delay(TimeToLive / 3, time, cancellation);
        }
    }

    private async Task KeepKnownAsync(CancellationToken cancellation)
    {
        bool isKnown = _leaseId != 0 && _announced == path.Local && await store.KeepAliveAsync(_leaseId, cancellation);
        if (!isKnown && !await AnnounceAsync(cancellation))
            await Task.Delay(HearingTime, time, cancellation);
        else if (isKnown && _offered != Offer)
            await PutAsync(cancellation);

        _confirmed = time.GetTimestamp();
        path.BeginSending(_announced);
    }

    /// <returns>Whether this host was announced already, by an earlier run: then others know it.</returns>
    private async Task<bool> AnnounceAsync(CancellationToken cancellation)
    {
        await RetractAsync();
        _announced = path.Local;
        long left = await LeaseOfEarlierRunAsync(cancellation);
        _leaseId = await store.GrantAsync(TimeToLive, cancellation);
        await PutAsync(cancellation);
        await RevokeAsync(left);
        return left != 0;
    }

    /// <summary>Says at once when this host takes more or less than it did. What is said in between, the next look at the key corrects.</summary>
    private async Task FollowOfferAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (Own is null)
                await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
            else
                await Own.LookAgainAsync(cancellation);

            if (_leaseId != 0 && _offered != Offer)
                await PutAsync(cancellation);
        }
    }

    /// <summary>Says what this host takes. Only it writes the key: any state of it may be replaced.</summary>
    private async Task PutAsync(CancellationToken cancellation)
    {
        TunnelOffer offer = Offer;
        var put = new PutRequest
        {
            Key = ByteString.CopyFromUtf8($"{_prefix}{_announced}"),
            Value = ByteString.CopyFromUtf8(offer.ToJson()),
            Lease = _leaseId,
        };
        _ = await store.TransactAsync([], new RequestOp { RequestPut = put }, cancellation);
        _offered = offer;
    }

    /// <summary>A run that was killed, or has handed over, has left its key behind, and an etcd lease that hangs on nothing else.</summary>
    private async Task<long> LeaseOfEarlierRunAsync(CancellationToken cancellation) =>
        (await store.GetPairAsync($"{_prefix}{path.Local}", cancellation))?.Lease ?? 0;

    /// <summary>Without a way, nothing may say that there is one: neither this run's key nor an earlier one's.</summary>
    private async Task RetractAllAsync(CancellationToken cancellation)
    {
        await RetractAsync();
        if (!_isEarlierRetracted)
            await RevokeAsync(await LeaseOfEarlierRunAsync(cancellation));

        _isEarlierRetracted = true;
    }

    private async Task RetractAsync()
    {
        await RevokeAsync(_leaseId);
        _leaseId = 0;
    }

    private Task RevokeAsync(long leaseId) => leaseId == 0 ? Task.CompletedTask : store.TryRevokeAsync(leaseId);

    /// <summary>The host that a key announces; null when it names none.</summary>
    /// <param name="prefix">What stands before the host.</param>
    /// <param name="key">One that begins with the prefix, which is all that etcd was asked for.</param>
    internal static Ipv4Address? HostOf(string prefix, ByteString key) =>
        Ipv4Address.TryParse(key.ToStringUtf8().AsSpan(prefix.Length), out Ipv4Address host) ? host : null;
}
