using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>What a vxlan host tells its peers in its lease (BackendData, and BackendV6Data for IPv6).</summary>
internal static class VxlanLeaseData
{
    /// <summary>The Ethernet address of the host's device, or null when the data has none that a device can have.</summary>
    public static MacAddress? ReadMac(string? json)
    {
        if (json is null)
            return null;

        List<string> problems = [];
        MacAddress? mac = JsonFields.Of(json, "BackendData", problems)
            .Parsed<MacAddress>("VtepMAC", "an Ethernet address", MacAddress.TryParse);
        return mac is { IsGroup: false, Value: not 0 } ? mac : null;
    }

    /// <summary>As flannel writes it. Its peers read the VNI into 16 bits and skip what does not fit.</summary>
    public static string Write(int vni, MacAddress mac) => $$"""{"VNI":{{vni & ushort.MaxValue}},"VtepMAC":"{{mac}}"}""";
}
