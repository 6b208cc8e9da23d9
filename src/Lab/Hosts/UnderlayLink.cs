using System.Globalization;

namespace FastFlannel.Lab;

/// <summary>One link of the underlay: a bridge in the switch, and the subnets of the hosts on it.</summary>
public sealed record UnderlayLink
{
    /// <summary>The link of all hosts, unless some are behind a router.</summary>
    public static readonly UnderlayLink Near = new() { Bridge = "br0", Subnet = "192.168.77", Ipv6Subnet = "fd77" };

    /// <summary>The link behind the router.</summary>
    public static readonly UnderlayLink Remote = new() { Bridge = "br1", Subnet = "192.168.78", Ipv6Subnet = "fd78" };

    /// <summary>The bridge's name.</summary>
    public required string Bridge { get; init; }

    /// <summary>The first three numbers of the hosts' addresses.</summary>
    public required string Subnet { get; init; }

    /// <summary>The first number of the hosts' IPv6 addresses.</summary>
    public required string Ipv6Subnet { get; init; }

    /// <summary>The bridge's address, which is the hosts' gateway.</summary>
    public string Gateway => $"{Subnet}.1";

    /// <summary>The bridge's IPv6 address.</summary>
    public string Ipv6Gateway => $"{Ipv6Subnet}::1";

    /// <summary>The address of a host.</summary>
    /// <param name="number">1 for the first.</param>
    public string AddressOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{Subnet}.{number + 1}");

    /// <summary>The IPv6 address of a host.</summary>
    /// <param name="number">1 for the first.</param>
    public string Ipv6AddressOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{Ipv6Subnet}::{number + 1:x}");
}
