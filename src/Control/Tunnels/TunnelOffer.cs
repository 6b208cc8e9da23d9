using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// What a host takes through the kernel, as its key in etcd says. Linux cuts super-packets that came through a BPF program up before a bridge,
/// at half the speed that the router has (docs/adr/0012-kernel-tunnel.md).
/// </summary>
/// <param name="TakesSubnet">Packets for all of its subnet; otherwise those for its own overlay address alone.</param>
internal readonly record struct TunnelOffer(bool TakesSubnet)
{
    private const string Field = "Subnet";

    /// <summary>Reads a key's value; what says nothing of it offers all, as the hosts did that had nothing to say.</summary>
    public static TunnelOffer Read(string value) => new(JsonFields.Of(value, "", []).Boolean(Field, true));

    /// <summary>The key's value.</summary>
    public string ToJson() => TakesSubnet ? "{}" : $$"""{"{{Field}}":false}""";

    /// <summary>What of a peer's subnet is sent through the kernel.</summary>
    public Ipv4Prefix PartOf(Ipv4Prefix subnet) => TakesSubnet ? subnet : new Ipv4Prefix(subnet.Network, 32);
}
