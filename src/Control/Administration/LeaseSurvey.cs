using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>A lease as an operator wants to see it.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="HostName">The name of its host if a daemon runs there and says so, or null.</param>
/// <param name="ExpiresIn">When it ends without renewal; null for a reservation, or if it was not asked for.</param>
/// <param name="IsOwn">Whether it is this machine's.</param>
public sealed record SurveyedLease(Lease Lease, string? HostName, TimeSpan? ExpiresIn, bool IsOwn);

/// <summary>All leases of a network at one moment, for an operator.</summary>
/// <param name="Leases">By subnet.</param>
/// <param name="Broken">One text for each key that is no lease: which, and why.</param>
/// <param name="Notes">What could not be found out.</param>
public sealed record LeaseSurvey(
    IReadOnlyList<SurveyedLease> Leases, IReadOnlyList<string> Broken, IReadOnlyList<string> Notes)
{
    // etcd has no call for all expiries: one call a lease, so many under way at once.
    private const int CallsAtOnce = 64;

    /// <summary>Looks.</summary>
    /// <param name="store">Where.</param>
    /// <param name="subnetFile">This machine's subnet.env, which names its lease where it has no interface with its public IP.</param>
    /// <param name="withExpiry">Whether to ask when each lease ends, one call each.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="EtcdException">etcd failed.</exception>
    public static async Task<LeaseSurvey> ReadAsync(
        EtcdStore store, string subnetFile, bool withExpiry, CancellationToken cancellation)
    {
        LeaseList list = await new LeaseRegistry(store).ListAsync(cancellation);
        OwnerMarks marks = await OwnerMarks.ReadAsync(store, cancellation);
        IReadOnlyDictionary<long, TimeSpan> expiries = withExpiry
            ? await ReadExpiriesAsync(store, list.Leases, cancellation)
            : new Dictionary<long, TimeSpan>();
        IReadOnlySet<Lease> own = FindOwn(list.Leases, ReadAddresses(), SubnetFile.Read(subnetFile).Lease);
        return new LeaseSurvey(
            [
                .. from lease in list.Leases
                   orderby lease.Subnet.Ipv4.Network, lease.Subnet.Ipv4.Length
                   let name = marks.NameOf(lease.Attributes.PublicIP)
                   select new SurveyedLease(lease, name, Expiry(lease, expiries), own.Contains(lease)),
            ],
            list.Skipped,
            marks.Trouble is { } trouble ? [trouble] : []);
    }

    /// <summary>The leases with an address of this machine; else, as behind a NAT, the one that its subnet file names.</summary>
    internal static IReadOnlySet<Lease> FindOwn(
        IReadOnlyList<Lease> leases, IReadOnlySet<Ipv4Address> addresses, Subnet? written)
    {
        HashSet<Lease> own = [.. leases.Where(lease => addresses.Contains(lease.Attributes.PublicIP))];
        return own.Count > 0 ? own : [.. leases.Where(lease => lease.Subnet == written)];
    }

    private static TimeSpan? Expiry(Lease lease, IReadOnlyDictionary<long, TimeSpan> expiries) =>
        expiries.TryGetValue(lease.EtcdLeaseId, out TimeSpan left) ? left : null;

    private static async Task<IReadOnlyDictionary<long, TimeSpan>> ReadExpiriesAsync(
        EtcdStore store, IReadOnlyList<Lease> leases, CancellationToken cancellation)
    {
        ConcurrentDictionary<long, TimeSpan> expiries = [];
        await Parallel.ForEachAsync(
            leases.Where(lease => !lease.IsReservation).Select(lease => lease.EtcdLeaseId).Distinct(),
            new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce, CancellationToken = cancellation },
            async (id, token) =>
            {
                // Less than nothing once it has ended; its key is gone in the same moment.
                TimeSpan left = await store.TimeToLiveAsync(id, token);
                expiries[id] = left > TimeSpan.Zero ? left : TimeSpan.Zero;
            });
        return expiries;
    }

    private static HashSet<Ipv4Address> ReadAddresses()
    {
        using var netlink = RouteNetlink.Open();
        return
        [
            .. from info in netlink.ListAddresses(AddressFamily.InterNetwork)
               where !IPAddress.IsLoopback(info.Address)
               select Ipv4Address.From(info.Address),
        ];
    }
}
