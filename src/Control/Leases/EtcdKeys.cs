using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>Where things are in etcd, below the prefix of <c>--etcd-prefix</c>.</summary>
public static class EtcdKeys
{
    /// <summary>The key of the network config: <c>/coreos.com/network/config</c>.</summary>
    public static string Config(string prefix) => Clean(prefix) + "/config";

    /// <summary>
    /// The prefix to list and watch for leases: <c>/coreos.com/network/subnets</c>. As flannel's it has no slash at its end.
    /// </summary>
    public static string Subnets(string prefix) => Clean(prefix) + "/subnets";

    /// <summary>
    /// The prefix of the marks of who has which public IP: <c>/coreos.com/network/owners/</c>, with the slash.
    /// </summary>
    public static string Owners(string prefix) => Clean(prefix) + "/owners/";

    /// <summary>
    /// The key of the mark of who has a public IP: <c>/coreos.com/network/owners/10.0.2.15</c>. It does not begin with
    /// <see cref="Subnets"/>, so that flanneld does not see it.
    /// </summary>
    public static string Owner(string prefix, Ipv4Address publicIP) => $"{Owners(prefix)}{publicIP}";

    /// <summary>
    /// The prefix of the keys of hosts with a way through the kernel: <c>/coreos.com/network/tunnels/</c>, followed by the public IP.
    /// </summary>
    public static string Tunnels(string prefix) => $"{Clean(prefix)}/tunnels/";

    /// <summary>
    /// Doubled slashes and those at the end do not count, as in flannel: <c>/x//y/</c> and <c>/x/y</c> are the same cluster.
    /// </summary>
    private static string Clean(string prefix)
    {
        string joined = string.Join('/', prefix.Split('/', StringSplitOptions.RemoveEmptyEntries));
        return prefix.StartsWith('/') && joined.Length > 0 ? "/" + joined : joined;
    }
}
