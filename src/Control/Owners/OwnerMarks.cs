using Etcdserverpb;
using FastFlannel.Native;
using Grpc.Core;
using Mvccpb;

namespace FastFlannel.Control;

/// <summary>
/// Which machine has which public IP, as the marks of running daemons say (<see cref="OwnerMark"/>). A flanneld has none, and
/// neither has a host that ended more than half a minute ago.
/// </summary>
public sealed class OwnerMarks
{
    private readonly Dictionary<Ipv4Address, string> _names;

    private OwnerMarks(Dictionary<Ipv4Address, string> names, string? trouble)
    {
        _names = names;
        Trouble = trouble;
    }

    /// <summary>Why the marks could not be read, or null. There are none then, which says nothing about the hosts.</summary>
    public string? Trouble { get; }

    /// <summary>Reads all marks at once.</summary>
    /// <exception cref="EtcdException">etcd failed.</exception>
    public static async Task<OwnerMarks> ReadAsync(EtcdStore store, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        string prefix = EtcdKeys.Owners(store.Settings.Prefix);
        RangeResponse response;
        try
        {
            response = await store.ListAsync(prefix, cancellation);
        }
        catch (EtcdException e) when (e.Status is { StatusCode: StatusCode.PermissionDenied })
        {
            return new OwnerMarks([], $"the names of hosts, at {prefix}, cannot be read: {e.Message}");
        }

        Dictionary<Ipv4Address, string> names = [];
        foreach (KeyValue mark in response.Kvs)
        {
            // A live host's mark always hangs on an etcd lease.
            if (mark.Lease != 0 && Ipv4Address.TryParse(mark.Key.ToStringUtf8().AsSpan(prefix.Length), out Ipv4Address publicIP))
                names[publicIP] = HostProcess.Read(mark.Value.ToStringUtf8()).HostName;
        }

        return new OwnerMarks(names, trouble: null);
    }

    /// <summary>The name of the running host that has a public IP, or null when no mark says that one has.</summary>
    public string? NameOf(Ipv4Address publicIP) => _names.GetValueOrDefault(publicIP);

    /// <summary>A host for messages: <c>192.168.0.10 (node1)</c>, or the address alone.</summary>
    public string Describe(Ipv4Address publicIP) => NameOf(publicIP) is { } name ? $"{publicIP} ({name})" : publicIP.ToString();
}
