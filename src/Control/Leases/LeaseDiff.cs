namespace FastFlannel.Control;

/// <summary>A peer that kept its subnet and is now reached another way.</summary>
/// <param name="Old">How it was reached.</param>
/// <param name="New">How it is reached now.</param>
public sealed record LeaseChange(Lease Old, Lease New);

/// <summary>What happened to the peers between two snapshots of the leases.</summary>
/// <param name="Added">Peers with a subnet nobody held before.</param>
/// <param name="Changed">Peers with the same subnet and other attributes.</param>
/// <param name="Removed">Peers whose subnet nobody holds any more.</param>
public sealed record LeaseDiff(
    IReadOnlyList<Lease> Added, IReadOnlyList<LeaseChange> Changed, IReadOnlyList<Lease> Removed)
{
    /// <summary>Whether nothing happened.</summary>
    public bool IsEmpty => Added.Count + Changed.Count + Removed.Count == 0;

    /// <summary>Compares two snapshots by all attributes. A renewal alone, which changes neither, is no change.</summary>
    /// <param name="older">The leases before, by subnet.</param>
    /// <param name="newer">The leases now, by subnet.</param>
    /// <param name="own">This node's subnet, which is never part of the answer; null for none.</param>
    public static LeaseDiff Between(
        IReadOnlyDictionary<Subnet, Lease> older, IReadOnlyDictionary<Subnet, Lease> newer, Subnet? own = null)
    {
        List<Lease> added = [];
        List<LeaseChange> changed = [];
        foreach ((Subnet subnet, Lease lease) in newer)
        {
            if (subnet == own)
                continue;

            if (!older.TryGetValue(subnet, out Lease? before))
                added.Add(lease);
            else if (before.Attributes != lease.Attributes)
                changed.Add(new LeaseChange(before, lease));
        }

        List<Lease> removed = [];
        foreach ((Subnet subnet, Lease lease) in older)
        {
            if (subnet != own && !newer.ContainsKey(subnet))
                removed.Add(lease);
        }

        return new LeaseDiff(added, changed, removed);
    }
}
