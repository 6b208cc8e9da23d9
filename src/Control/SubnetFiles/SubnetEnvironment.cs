using System.Text;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>What subnet.env tells docker, CNI and scripts about this node (flannel pkg/subnet/subnet.go).</summary>
public sealed record SubnetEnvironment
{
    /// <summary>The whole overlay; null without IPv4.</summary>
    public Ipv4Prefix? Network { get; init; }

    /// <summary>This node's subnet; null without IPv4.</summary>
    public Ipv4Prefix? Subnet { get; init; }

    /// <summary>The whole IPv6 overlay; null without IPv6.</summary>
    public Ipv6Prefix? IPv6Network { get; init; }

    /// <summary>This node's IPv6 subnet; null without IPv6.</summary>
    public Ipv6Prefix? IPv6Subnet { get; init; }

    /// <summary>The MTU for containers' devices, in bytes: what fits through the overlay.</summary>
    public required int Mtu { get; init; }

    /// <summary>Whether flannel masquerades, so that docker must not.</summary>
    public required bool IpMasq { get; init; }

    /// <summary>
    /// The file as flannel writes it, to the byte. FLANNEL_SUBNET is the first usable address, 10.5.64.1/24: what a bridge gets.
    /// </summary>
    public string ToText()
    {
        var text = new StringBuilder();
        if (Network is { } network && Subnet is { } subnet)
        {
            var first = new Ipv4Address(subnet.Network.Value + 1);
            Line(text, $"{SubnetFile.NetworkName}={network}");
            Line(text, $"{SubnetFile.SubnetName}={first}/{subnet.Length}");
        }

        if (IPv6Network is { } ipv6Network && IPv6Subnet is { } ipv6Subnet)
        {
            var first = new Ipv6Address(ipv6Subnet.Network.Value + 1);
            Line(text, $"{SubnetFile.IPv6NetworkName}={ipv6Network}");
            Line(text, $"{SubnetFile.IPv6SubnetName}={first}/{ipv6Subnet.Length}");
        }

        Line(text, $"{SubnetFile.MtuName}={Mtu}");
        Line(text, $"{SubnetFile.IpMasqName}={(IpMasq ? "true" : "false")}");
        return text.ToString();
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
