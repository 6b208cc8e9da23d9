using System.Text.RegularExpressions;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// A host as flanneld sets it up, made by hand: of the kernel's backends all that flanneld has to do with packets is what it
/// leaves in the kernel.
/// </summary>
internal static partial class FlanneldHost
{
    // What comes later needs what comes before.
    private static readonly string[] Order = ["link", "address", "neighbour", "fdb", "route"];

    /// <summary>Makes it.</summary>
    /// <param name="host">A host without a daemon.</param>
    /// <param name="lines">What it shall have, in the words of <see cref="KernelLines"/>.</param>
    /// <param name="cancellation">Gives up early.</param>
    public static async Task SetUpAsync(LabHost host, IEnumerable<string> lines, CancellationToken cancellation)
    {
        foreach (string line in lines.OrderBy(line => Array.IndexOf(Order, line.Split(' ')[0])))
        {
            if (line.StartsWith("fdb ", StringComparison.Ordinal))
                await host.BridgeAsync(line.Replace("fdb ", "fdb add ", StringComparison.Ordinal), cancellation);
            else
                await host.Namespace.IpAsync([.. Commands(line)], cancellation);
        }
    }

    private static IEnumerable<string> Commands(string line)
    {
        string[] words = line.Split(' ');
        switch (words[0])
        {
            case "link":
                GroupCollection link = Link().Match(line).Groups;
                yield return $"link add {link["name"]} mtu {link["mtu"]} address {link["mac"]} type vxlan id {link["vni"]} "
                    + $"dev {link["parent"]} local {link["local"]} dstport {link["port"]} nolearning";
                yield return $"link set {link["name"]} up";
                break;
            case "address":
                yield return $"address add {words[1]} dev {words[^1]}{(words[1].Contains(':') ? " nodad" : "")}";
                break;
            case "neighbour":
                yield return $"neighbour add {words[1]} dev {words[3]} lladdr {words[5]} nud permanent";
                break;
            case "route":
                yield return $"route add {string.Join(' ', words[2..7])}{(words[^1] == "onlink" ? " onlink" : "")}";
                break;
            default:
                throw new ArgumentException($"flanneld leaves no such thing: {line}", nameof(line));
        }
    }

    [GeneratedRegex(
        @"^link (?<name>\S+) .* mtu (?<mtu>\d+) txqlen \d+ (?<mac>\S+) vxlan .*id=(?<vni>\d+) .*link=(?<parent>\S+) "
        + @"local6?=(?<local>\S+) port=(?<port>\d+) ",
        RegexOptions.CultureInvariant)]
    private static partial Regex Link();
}
