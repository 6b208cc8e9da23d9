using System.Net;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

/// <summary>A vxlan device's part of a link message (IFLA_INFO_DATA).</summary>
internal static class VxlanMessages
{
    public const string Kind = "vxlan";

    /// <summary>Reads what a device is.</summary>
    public static VxlanAttributes Parse(NetlinkAttributes attributes)
    {
        var vxlan = new VxlanAttributes(0);
        foreach (NetlinkAttribute attribute in attributes)
        {
            vxlan = attribute.Type switch
            {
                IFLA_VXLAN_ID => vxlan with { Vni = attribute.ToInt32() },
                IFLA_VXLAN_LINK => vxlan with { ParentIndex = attribute.ToInt32() },
                IFLA_VXLAN_LOCAL or IFLA_VXLAN_LOCAL6 => vxlan with { Local = attribute.ToAddress() },
                IFLA_VXLAN_GROUP or IFLA_VXLAN_GROUP6 => vxlan with { Group = attribute.ToAddress() },
                IFLA_VXLAN_PORT => vxlan with { Port = attribute.ToPort() },
                IFLA_VXLAN_LEARNING => vxlan with { IsLearning = attribute.ToBoolean() },
                IFLA_VXLAN_GBP => vxlan with { HasGroupPolicy = true },
                IFLA_VXLAN_L2MISS => vxlan with { ReportsL2Misses = attribute.ToBoolean() },
                IFLA_VXLAN_L3MISS => vxlan with { ReportsL3Misses = attribute.ToBoolean() },
                IFLA_VXLAN_UDP_CSUM => vxlan with { HasUdpChecksum = attribute.ToBoolean() },
                IFLA_VXLAN_UDP_ZERO_CSUM6_TX => vxlan with { SendsZeroChecksum6 = attribute.ToBoolean() },
                IFLA_VXLAN_UDP_ZERO_CSUM6_RX => vxlan with { TakesZeroChecksum6 = attribute.ToBoolean() },
                _ => vxlan,
            };
        }

        return vxlan;
    }

    /// <summary>Writes what a device shall be made as, as far as it differs from what the kernel makes by itself.</summary>
    public static void Write(ref NetlinkWriter writer, VxlanAttributes vxlan)
    {
        if (vxlan.ParentIndex != 0)
            writer.Attribute(IFLA_VXLAN_LINK, (uint)vxlan.ParentIndex);

        writer.Attribute(IFLA_VXLAN_ID, (uint)vxlan.Vni);
        WriteLocal(ref writer, vxlan.Local);
        if (vxlan.Group is { } group)
            writer.Attribute(IsIpv4(group) ? IFLA_VXLAN_GROUP : IFLA_VXLAN_GROUP6, group);

        writer.Attribute(IFLA_VXLAN_LEARNING, vxlan.IsLearning);
        if (vxlan.Port != 0)
            writer.AttributePort(IFLA_VXLAN_PORT, vxlan.Port);

        if (vxlan.ReportsL2Misses)
            writer.Attribute(IFLA_VXLAN_L2MISS, true);

        if (vxlan.ReportsL3Misses)
            writer.Attribute(IFLA_VXLAN_L3MISS, true);

        if (!vxlan.HasUdpChecksum)
            writer.Attribute(IFLA_VXLAN_UDP_CSUM, false);

        if (vxlan.SendsZeroChecksum6)
            writer.Attribute(IFLA_VXLAN_UDP_ZERO_CSUM6_TX, true);

        if (vxlan.TakesZeroChecksum6)
            writer.Attribute(IFLA_VXLAN_UDP_ZERO_CSUM6_RX, true);

        if (vxlan.HasGroupPolicy)
            writer.Attribute(IFLA_VXLAN_GBP, []);
    }

    /// <summary>Writes what can be changed of a device.</summary>
    public static void WriteChange(ref NetlinkWriter writer, LinkChange change)
    {
        WriteLocal(ref writer, change.VxlanLocal);
        if (change.VxlanLearning is { } learning)
            writer.Attribute(IFLA_VXLAN_LEARNING, learning);
    }

    private static void WriteLocal(ref NetlinkWriter writer, IPAddress? local)
    {
        if (local is not null)
            writer.Attribute(IsIpv4(local) ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, local);
    }

    private static bool IsIpv4(IPAddress address) => AddressFamilies.NumberOf(address) == AF_INET;
}
