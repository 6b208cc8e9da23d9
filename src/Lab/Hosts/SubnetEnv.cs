using System.Globalization;
using FastFlannel.Native;

namespace FastFlannel.Lab;

/// <summary>What a daemon tells the host's container engine, in <c>subnet.env</c>.</summary>
/// <param name="Network">FLANNEL_NETWORK, for example <c>10.5.0.0/16</c>.</param>
/// <param name="Subnet">FLANNEL_SUBNET: the bridge's address with the length, for example <c>10.5.64.1/24</c>.</param>
/// <param name="Mtu">FLANNEL_MTU: the largest packet the overlay takes, in bytes.</param>
public sealed record SubnetEnv(string Network, string Subnet, int Mtu)
{
    /// <summary>FLANNEL_IPV6_NETWORK and FLANNEL_IPV6_SUBNET of a dual-stack network, otherwise null.</summary>
    public Ipv6SubnetEnv? Ipv6 { get; init; }

    /// <summary>The bridge's address: the first of the subnet.</summary>
    public string BridgeAddress => Subnet.Split('/')[0];

    /// <summary>The subnet's length in bits.</summary>
    public int Length => int.Parse(Subnet.Split('/')[1], CultureInfo.InvariantCulture);

    /// <summary>The overlay device's address: the subnet's own, the one below the bridge's.</summary>
    public string OverlayAddress => Next(BridgeAddress, -1);

    /// <summary>The lab's container's address: the one above the bridge's.</summary>
    public string ContainerAddress => Next(BridgeAddress, 1);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file a daemon was told with <c>--subnet-file</c>.</param>
    /// <exception cref="LabException">The file lacks one of the three values.</exception>
    public static SubnetEnv Read(string path)
    {
        var values = File.ReadLines(path)
            .Select(line => line.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

        return new SubnetEnv(
            Value("FLANNEL_NETWORK"), Value("FLANNEL_SUBNET"), int.Parse(Value("FLANNEL_MTU"), CultureInfo.InvariantCulture))
        {
            Ipv6 = values.TryGetValue("FLANNEL_IPV6_NETWORK", out string? network)
                ? new Ipv6SubnetEnv(network, Value("FLANNEL_IPV6_SUBNET"))
                : null,
        };

        string Value(string name) => values.TryGetValue(name, out string? value)
            ? value
            : throw new LabException($"{path} has no {name}");
    }

    // Adding to the last number is enough: a subnet is a /30 or larger, so that both neighbours of its first address are in it.
    private static string Next(string address, int distance)
    {
        string[] parts = address.Split('.');
        parts[3] = (int.Parse(parts[3], CultureInfo.InvariantCulture) + distance).ToString(CultureInfo.InvariantCulture);
        return string.Join('.', parts);
    }
}

/// <summary>The IPv6 half of a dual-stack <c>subnet.env</c>.</summary>
/// <param name="Network">FLANNEL_IPV6_NETWORK, for example <c>fd05::/48</c>.</param>
/// <param name="Subnet">FLANNEL_IPV6_SUBNET: the bridge's address with the length, for example <c>fd05:0:0:7::1/64</c>.</param>
public sealed record Ipv6SubnetEnv(string Network, string Subnet)
{
    /// <summary>The bridge's address: the first of the subnet.</summary>
    public string BridgeAddress => Subnet.Split('/')[0];

    /// <summary>The subnet's length in bits.</summary>
    public int Length => int.Parse(Subnet.Split('/')[1], CultureInfo.InvariantCulture);

    /// <summary>The overlay device's address: the subnet's own, the one below the bridge's.</summary>
    public string OverlayAddress => new Ipv6Address(Ipv6Address.Parse(BridgeAddress).Value - 1).ToString();

    /// <summary>The lab's container's address: the one above the bridge's.</summary>
    public string ContainerAddress => new Ipv6Address(Ipv6Address.Parse(BridgeAddress).Value + 1).ToString();
}
