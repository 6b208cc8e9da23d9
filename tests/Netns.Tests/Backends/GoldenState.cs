using System.Text.RegularExpressions;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// What two flanneld left behind, as seen from the first host (Golden/*.txt), and what our daemons leave, in the same words:
/// subnets and Ethernet addresses go by whose they are, for example <c>&lt;peer&gt;</c> and <c>&lt;own-mac&gt;</c>.
/// </summary>
internal static partial class GoldenState
{
    /// <summary>Reads flanneld's.</summary>
    /// <param name="name">The backend.</param>
    /// <returns>The network config, and the lines in order.</returns>
    public static (string Config, string[] Lines) Read(string name)
    {
        const string ConfigMark = "config ";
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Backends", "Golden", $"{name}.txt"));
        return (
            lines.Single(line => line.StartsWith(ConfigMark, StringComparison.Ordinal))[ConfigMark.Length..],
            Sort(lines.Where(line => !line.StartsWith(ConfigMark, StringComparison.Ordinal))));
    }

    /// <summary>Describes ours.</summary>
    /// <param name="cluster">Two hosts.</param>
    /// <param name="cancellation">Gives up early.</param>
    public static async Task<string[]> DescribeAsync(LabCluster cluster, CancellationToken cancellation)
    {
        LabHost own = cluster.Hosts[0];
        string prefix = $"{cluster.Options.Prefix}/subnets/";
        IReadOnlyList<EtcdEntry> leases = await cluster.Etcd.ListAsync(prefix, cancellation);
        string[] lines =
        [
            .. await KernelLines.ReadAsync(own.Namespace, cancellation),
            .. leases.Select(lease => $"lease {lease.Key[prefix.Length..]} {lease.Value}"),
            .. File.ReadLines(own.Daemon.SubnetFile)
                .Where(line => !line.StartsWith("FLANNEL_IPMASQ=", StringComparison.Ordinal))
                .Select(line => $"env {line}"),
        ];
        foreach ((LabHost host, string name) in cluster.Hosts.Zip(["own", "peer"]))
        {
            EtcdEntry lease = leases.Single(entry => entry.Value.Contains($"\"{host.Address}\"", StringComparison.Ordinal));
            lines = [.. lines.Select(Rename(host.Daemon.Env, lease.Value, name))];
        }

        return Sort(lines);
    }

    private static Func<string, string> Rename(SubnetEnv env, string lease, string name)
    {
        string[] macs = [.. Mac().Matches(lease).Select(match => match.Groups[1].Value)];
        List<(string From, string To)> names =
        [
            ($"{env.BridgeAddress}/", $"<{name}>+1/"),
            (env.OverlayAddress, $"<{name}>"),
            .. macs.Zip([$"<{name}-mac>", $"<{name}-mac6>"]),
        ];
        if (env.Ipv6 is { } ipv6)
            names.Add((ipv6.OverlayAddress, $"<{name}6>"));

        return line => names.Aggregate(line, (so, pair) => so.Replace(pair.From, pair.To, StringComparison.Ordinal));
    }

    private static string[] Sort(IEnumerable<string> lines) => [.. lines.Order(StringComparer.Ordinal)];

    [GeneratedRegex("\"VtepMAC\":\"([0-9a-f:]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Mac();
}
