using System.Text.RegularExpressions;

namespace FastFlannel.Netns.Tests;

/// <summary>Two hosts of flanneld's: what it wrote to etcd (Golden/etcd) and what it left on each host (Golden).</summary>
internal sealed partial class FlanneldCluster
{
    // Of the hosts that flanneld ran on, which the lab's first two hosts have too.
    private const string First = "192.168.77.2";
    private const string Second = "192.168.77.3";

    private readonly string[] _lines;

    private FlanneldCluster(string config, string[] lines, IReadOnlyDictionary<string, string> leases) =>
        (Config, _lines, Leases) = (config, lines, leases);

    /// <summary>The network config.</summary>
    public string Config { get; }

    /// <summary>The leases' values by the ends of their keys, to the letter.</summary>
    public IReadOnlyDictionary<string, string> Leases { get; }

    /// <summary>Reads it.</summary>
    /// <param name="name">The backend.</param>
    public static FlanneldCluster Read(string name)
    {
        (string config, string[] lines) = GoldenState.Read(name);
        string[] etcd = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Backends", "Golden", "etcd", $"{name}.txt"));
        var leases = etcd.Chunk(2)
            .Where(pair => pair[0].Contains("/subnets/", StringComparison.Ordinal))
            .ToDictionary(pair => pair[0].Split('/')[^1], pair => pair[1]);
        return new FlanneldCluster(config, lines, leases);
    }

    /// <summary>What the first host has in its kernel, in the words of <see cref="KernelLines"/>.</summary>
    public string[] KernelOfFirst => [.. Kernel(LinesOf(First, Second)).Order(StringComparer.Ordinal)];

    /// <summary>What the second has.</summary>
    public string[] KernelOfSecond => [.. Kernel(Exchanged)];

    /// <summary>The second's subnet.env.</summary>
    public string[] EnvOfSecond =>
        [.. Exchanged.Where(line => line.StartsWith("env ", StringComparison.Ordinal)).Select(line => line["env ".Length..])];

    // The lines are those of the first host; the other way round each is the other's peer.
    private IEnumerable<string> Exchanged => LinesOf(Second, First).Select(line => Host().Replace(
        line, host => host.Groups[1].Value + (host.Groups[2].Value == "2" ? "3" : "2")));

    private static IEnumerable<string> Kernel(IEnumerable<string> lines) => lines.Where(line =>
        !line.StartsWith("env ", StringComparison.Ordinal) && !line.StartsWith("lease ", StringComparison.Ordinal));

    private IEnumerable<string> LinesOf(string own, string peer)
    {
        (string Name, string Value)[] names = [.. NamesOf("own", own), .. NamesOf("peer", peer)];
        return _lines.Select(line => names.Aggregate(
            line, (so, name) => so.Replace(name.Name, name.Value, StringComparison.Ordinal)));
    }

    private IEnumerable<(string Name, string Value)> NamesOf(string who, string host)
    {
        (string key, string value) = Leases.Single(lease => lease.Value.Contains($"\"{host}\"", StringComparison.Ordinal));
        string[] subnets = [.. key.Split('&').Select(subnet => subnet.Split('-')[0])];
        yield return ($"<{who}>+1", subnets[0][..^1] + "1");
        foreach ((string name, string subnet) in new[] { $"<{who}>", $"<{who}6>" }.Zip(subnets))
            yield return (name, subnet);

        foreach ((string name, Match mac) in new[] { $"<{who}-mac>", $"<{who}-mac6>" }.Zip(Mac().Matches(value)))
            yield return (name, mac.Groups[1].Value);
    }

    [GeneratedRegex("\"VtepMAC\":\"([0-9a-f:]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Mac();

    [GeneratedRegex(@"(192\.168\.77\.|fd77::)([23])\b", RegexOptions.CultureInvariant)]
    private static partial Regex Host();
}
