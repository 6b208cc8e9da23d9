using System.Diagnostics.CodeAnalysis;
using Mvccpb;

namespace FastFlannel.Control;

/// <summary>What a watch saw happen to one key below <c>subnets</c>.</summary>
/// <param name="Key">The key.</param>
/// <param name="Subnet">The subnet it names, or null when it names none.</param>
/// <param name="Lease">The lease as it is now; null when it was deleted or cannot be read.</param>
/// <param name="Problem">Why it cannot be read, or null.</param>
/// <param name="Revision">The revision it happened at.</param>
public sealed record LeaseEvent(string Key, Subnet? Subnet, Lease? Lease, string? Problem, long Revision);

/// <summary>Reads leases from etcd's key-value pairs.</summary>
internal static class LeaseRecord
{
    public static bool TryRead(string prefix, KeyValue pair, [NotNullWhen(true)] out Lease? lease, [NotNullWhen(false)] out string? problem)
    {
        string key = pair.Key.ToStringUtf8();
        lease = null;
        if (!IsKey(prefix, key, out Subnet subnet))
        {
            problem = $"{key} is not the key of a subnet (expected one like {EtcdKeys.Subnets(prefix)}/10.5.16.0-24, without host bits)";
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

    /// <summary>The subnet that a pair's key names, or null; whatever its value is.</summary>
    public static Subnet? SubnetOf(string prefix, KeyValue pair) =>
        IsKey(prefix, pair.Key.ToStringUtf8(), out Subnet subnet) ? subnet : null;

    public static LeaseEvent ReadEvent(string prefix, Event change)
    {
        string key = change.Kv.Key.ToStringUtf8();
        Subnet? subnet = SubnetOf(prefix, change.Kv);
        if (change.Type == Event.Types.EventType.Delete)
            return new LeaseEvent(key, subnet, null, null, change.Kv.ModRevision);

        return TryRead(prefix, change.Kv, out Lease? lease, out string? problem)
            ? new LeaseEvent(key, subnet, lease, null, change.Kv.ModRevision)
            : new LeaseEvent(key, subnet, null, problem, change.Kv.ModRevision);
    }

    /// <summary>Only a subnet's one proper key: another that reads the same would put two leases on one subnet.</summary>
    private static bool IsKey(string prefix, string key, out Subnet subnet) =>
        LeaseKey.TryParse(key, out subnet) && key == LeaseKey.Format(prefix, subnet);
}
