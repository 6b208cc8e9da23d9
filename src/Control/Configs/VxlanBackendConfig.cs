namespace FastFlannel.Control;

/// <summary>What the vxlan backend reads from the Backend object.</summary>
/// <param name="Vni">The network identifier, also the end of the devices' names.</param>
/// <param name="Port">The UDP port, the same on every host; 0 for the kernel's default.</param>
/// <param name="Mtu">The underlay's MTU in bytes, instead of the interface's; 0 to take the interface's.</param>
/// <param name="HasGroupPolicy">Whether packets carry the group policy extension.</param>
/// <param name="IsLearning">Whether the device learns from received packets where Ethernet addresses are.</param>
/// <param name="DirectRouting">Whether peers on the interface's own link are reached by a plain route.</param>
public sealed record VxlanBackendConfig(
    int Vni, int Port, int Mtu, bool HasGroupPolicy, bool IsLearning, bool DirectRouting)
{
    // A device's name has 15 characters at most, of which "flannel." leaves 7 to the VNI and "flannel-v6." 4.
    private const int HighestVni = 9_999_999;
    private const int HighestDualStackVni = 9_999;

    private const int LowestMtu = 68 + VxlanOverhead.IPv4; // what every IPv4 link takes (RFC 791)

    /// <summary>Reads <see cref="NetworkConfig.Backend"/>; fields of other names are ignored.</summary>
    /// <param name="json">The Backend object; any text at all.</param>
    /// <param name="isDualStack">Whether there will be a device for IPv6 beside the one for IPv4.</param>
    public static ReadResult<VxlanBackendConfig> Read(string json, bool isDualStack)
    {
        List<string> problems = [];
        var fields = JsonFields.Of(json, "Backend", problems);
        int highestVni = isDualStack ? HighestDualStackVni : HighestVni;
        var config = new VxlanBackendConfig(
            fields.NumberWithin("VNI", 1, 0, highestVni, $"a number up to {highestVni}, since it ends the device's name"),
            fields.NumberWithin("Port", 0, 0, ushort.MaxValue, "a UDP port up to 65535, or 0 for the kernel's default"),
            fields.NumberWithin("MTU", 0, 0, ushort.MaxValue, "the underlay's MTU, or 0 for the interface's"),
            fields.Boolean("GBP", otherwise: false),
            fields.Boolean("Learning", otherwise: false),
            fields.Boolean("DirectRouting", otherwise: false));
        if (config.Mtu is > 0 and < LowestMtu)
            problems.Add($"MTU is {config.Mtu}, expected at least {LowestMtu}");

        return problems.Count > 0
            ? ReadResult<VxlanBackendConfig>.Bad(problems)
            : ReadResult<VxlanBackendConfig>.Of(config);
    }
}
