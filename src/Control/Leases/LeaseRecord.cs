using System.Diagnostics.CodeAnalysis;
using Mvccpb;

namespace FastFlannel.Control;

/// <summary>What a watch saw happen to one key below <c>subnets</c>.</summary>
/// <param name="Key">The key.</param>
/// <param name="Subnet">The subnet it names, or null when it names none.</param>
/// <param name="Lease">The lease as it is now; null when it was deleted or cannot be read.</param>
/// <param name="Problem">Why it cannot be read, or null.</param>
public sealed record LeaseEvent(string Key, Subnet? Subnet, Lease? Lease, string? Problem);

/// <summary>Reads leases from etcd's key-value pairs.</summary>
internal static class LeaseRecord
{
    public static bool TryRead(KeyValue pair, [NotNullWhen(true)] out Lease? lease, [NotNullWhen(false)] out string? problem)
    {
        string key = pair.Key.ToStringUtf8();
        lease = null;
        if (!LeaseKey.TryParse(key, out Subnet subnet))
        {
            problem = $"{key} does not name a subnet (expected a key like .../10.5.16.0-24)";
            return false;
        }

        ReadResult<LeaseAttributes> attributes = LeaseAttributes.Read(pair.Value.ToStringUtf8());
        if (attributes.Value is null)
        {
            problem = $"{key}: {string.Join("; ", attributes.Problems)}";
            return false;
        }

        lease = new Lease(subnet, attributes.Value, pair.Lease, pair.ModRevision);
        problem = null;
        return true;
    }

    public static LeaseEvent ReadEvent(Event change)
    {
        string key = change.Kv.Key.ToStringUtf8();
        Subnet? subnet = LeaseKey.TryParse(key, out Subnet named) ? named : null;
        if (change.Type == Event.Types.EventType.Delete)
            return new LeaseEvent(key, subnet, null, null);

        return TryRead(change.Kv, out Lease? lease, out string? problem)
            ? new LeaseEvent(key, subnet, lease, null)
            : new LeaseEvent(key, subnet, null, problem);
    }
}
