using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// Reserves subnets and releases them. A reservation is flannel's: a lease's key without an etcd lease, so that it never
/// expires, whose PublicIP says which host is to have it. Every write compares; when somebody was faster, what there is now is
/// looked at anew.
/// </summary>
public sealed class Reservations
{
    private const int MaximumTries = 10;

    private readonly EtcdStore _store;
    private readonly LeaseRegistry _registry;

    /// <summary>Works on the leases of one network.</summary>
    public Reservations(EtcdStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _registry = new LeaseRegistry(store);
    }

    private string Prefix => _store.Settings.Prefix;

    /// <summary>Reserves a subnet: for the host that has it, or, if it is free, for one that is named.</summary>
    /// <param name="wanted">The subnet; its IPv4 half is enough for one that is leased.</param>
    /// <param name="publicIP">The host; null for whichever has it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="AdministrationException">It cannot be reserved; nothing was written.</exception>
    /// <exception cref="EtcdException">etcd failed.</exception>
    public async Task<ReservationOutcome> ReserveAsync(Subnet wanted, Ipv4Address? publicIP, CancellationToken cancellation)
    {
        NetworkConfig config = await ReadConfigAsync(cancellation);
        for (int tries = 0; tries < MaximumTries; tries++)
        {
            LeaseList list = await _registry.ListAsync(cancellation);
            OwnerMarks marks = await OwnerMarks.ReadAsync(_store, cancellation);
            Lease? held = Find(list, wanted);
            CheckFit(config, held?.Subnet ?? wanted);
            if (held is not null)
                CheckHolder(held, publicIP, marks);

            Lease? reserved = held switch
            {
                null => await TryReserveFreeAsync(wanted, publicIP, list, marks, cancellation),
                { IsReservation: true } => held,
                _ => await _registry.TryReserveAsync(held, cancellation),
            };
            if (reserved is null)
                continue;

            ReservationChange change = held switch
            {
                null => ReservationChange.Reserved,
                { IsReservation: true } => ReservationChange.None,
                _ => ReservationChange.LeaseReserved,
            };
            return Outcome(change, reserved, marks);
        }

        throw ChangesTooFast(wanted);
    }

    /// <summary>
    /// Ends a reservation. Of a running host it becomes an ordinary lease, which the daemon renews from then on: to delete it would
    /// take the subnet from under its containers. Where no daemon says that it runs, it is deleted.
    /// </summary>
    /// <param name="wanted">The subnet; its IPv4 half is enough.</param>
    /// <param name="force">Whether to delete also what is an ordinary lease.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="AdministrationException">There is nothing to release; nothing was written.</exception>
    /// <exception cref="EtcdException">etcd failed.</exception>
    public async Task<ReservationOutcome> ReleaseAsync(Subnet wanted, bool force, CancellationToken cancellation)
    {
        for (int tries = 0; tries < MaximumTries; tries++)
        {
            LeaseList list = await _registry.ListAsync(cancellation);
            OwnerMarks marks = await OwnerMarks.ReadAsync(_store, cancellation);
            Lease held = Find(list, wanted)
                ?? throw new AdministrationException($"nobody has {wanted}{DescribeOverlap(list, wanted, marks)}");
            if (await TryReleaseAsync(held, marks, force, cancellation) is { } change)
                return Outcome(change, held, marks);
        }

        throw ChangesTooFast(wanted);
    }

    private async Task<Lease?> TryReserveFreeAsync(
        Subnet wanted, Ipv4Address? publicIP, LeaseList list, OwnerMarks marks, CancellationToken cancellation)
    {
        if (list.Leases.FirstOrDefault(lease => lease.Subnet.Overlaps(wanted)) is { } other)
        {
            throw new AdministrationException(
                $"{wanted} overlaps {other.Subnet} of {marks.Describe(other.Attributes.PublicIP)}; "
                + "reserve a subnet that nobody has");
        }

        string key = LeaseKey.Format(Prefix, wanted);
        if (list.Skipped.FirstOrDefault(problem => problem.StartsWith($"{key}:", StringComparison.Ordinal)) is { } broken)
            throw new AdministrationException($"{broken}; that key is in the way: look at it, then etcdctl del '{key}'");

        if (publicIP is not { } host)
        {
            throw new AdministrationException(
                $"nobody has {wanted}: say for which host it is to be reserved, with --public-ip and the host's address");
        }

        // A daemon takes the first lease with its address, and that need not be this one.
        if (list.Leases.FirstOrDefault(lease => lease.Attributes.PublicIP == host) is { } own)
        {
            string release = own.IsReservation ? "release" : "release --force";
            throw new AdministrationException(
                $"{marks.Describe(host)} has {own.Subnet} already, and a host has one subnet: reserve that one; or stop the host's "
                + $"daemon and give it up first, with fastflannel {release} {own.Subnet}");
        }

        return await _registry.TryReserveAsync(wanted, new LeaseAttributes { PublicIP = host }, list.Revision, cancellation);
    }

    private async Task<ReservationChange?> TryReleaseAsync(
        Lease held, OwnerMarks marks, bool force, CancellationToken cancellation)
    {
        Ipv4Address host = held.Attributes.PublicIP;
        if (!held.IsReservation)
        {
            if (!force)
            {
                throw new AdministrationException(
                    $"{held.Subnet} is no reservation but an ordinary lease of {marks.Describe(host)}, which ends by itself when its "
                    + "host is gone for a day; --force deletes it now");
            }

            return await _registry.TryDeleteAsync(held, cancellation) ? ReservationChange.LeaseDeleted : null;
        }

        if (marks.NameOf(host) is null && marks.Trouble is null)
        {
            // Compares with the mark too: a daemon that starts in this moment marks its address before it looks for its lease.
            return await _registry.TryDeleteUnownedAsync(held, host, cancellation) ? ReservationChange.ReservationDeleted : null;
        }

        if (await _registry.TryReleaseAsync(held, cancellation) is null)
            return null;

        return marks.Trouble is null ? ReservationChange.LeaseReleased : ReservationChange.LeaseLeftToExpire;
    }

    private async Task<NetworkConfig> ReadConfigAsync(CancellationToken cancellation)
    {
        string key = EtcdKeys.Config(Prefix);
        string text = await _registry.ReadConfigAsync(cancellation)
            ?? throw new AdministrationException($"there is no network config in etcd, at {key}, to reserve from");
        ReadResult<NetworkConfig> read = NetworkConfigReader.Read(text);
        return read.Value ?? throw new AdministrationException(
            $"{ConfigStore.DescribeProblems(key, read.Problems)}\nmend it with fastflannel config set");
    }

    private static void CheckFit(NetworkConfig config, Subnet subnet)
    {
        if (SubnetAllocator.IsCompatible(config, subnet))
            return;

        string both = config.EnableIPv6 && subnet.Ipv6 is null ? "; name both halves: 10.5.1.0/24 fd00:5:1::/64" : "";
        throw new AdministrationException(
            $"{subnet} does not fit the network config, so that no daemon would take it: expected "
            + $"{SubnetAllocator.DescribeRange(config)}{both}");
    }

    private static void CheckHolder(Lease held, Ipv4Address? publicIP, OwnerMarks marks)
    {
        Ipv4Address holder = held.Attributes.PublicIP;
        if (publicIP is null || publicIP == holder)
            return;

        string what = held.IsReservation ? "reserved for" : "leased to";
        string next = held.IsReservation ? "release it first" : "leave --public-ip out to reserve it for that host";
        throw new AdministrationException($"{held.Subnet} is {what} {marks.Describe(holder)}, and not {publicIP}; {next}");
    }

    /// <summary>The lease of a subnet; the IPv4 half names it, since leases never share one.</summary>
    private static Lease? Find(LeaseList list, Subnet wanted) => list.Leases.FirstOrDefault(
        lease => lease.Subnet == wanted || (wanted.Ipv6 is null && lease.Subnet.Ipv4 == wanted.Ipv4));

    private static string DescribeOverlap(LeaseList list, Subnet wanted, OwnerMarks marks) =>
        list.Leases.FirstOrDefault(lease => lease.Subnet.Overlaps(wanted)) is { } other
            ? $", but {marks.Describe(other.Attributes.PublicIP)} has {other.Subnet}, which overlaps it"
            : "; fastflannel leases shows who has what";

    private static ReservationOutcome Outcome(ReservationChange change, Lease lease, OwnerMarks marks) =>
        new(change, lease.Subnet, lease.Attributes.PublicIP, marks.NameOf(lease.Attributes.PublicIP));

    private static AdministrationException ChangesTooFast(Subnet subnet) =>
        new($"the leases changed while {subnet} was looked at, {MaximumTries} times in a row; try again");
}
