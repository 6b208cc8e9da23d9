using System.Net;
using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>A device of the vxlan backend, for one family.</summary>
/// <param name="Name">Its name, <c>flannel.1</c> or <c>flannel-v6.1</c>.</param>
/// <param name="Vni">The network identifier.</param>
/// <param name="Mac">The Ethernet address that peers know it by.</param>
/// <param name="Mtu">The longest packet, in bytes; less where the interface takes less.</param>
/// <param name="Parent">The interface.</param>
/// <param name="Local">The address on the interface that packets are sent from and received at.</param>
/// <param name="Port">The UDP port.</param>
/// <param name="IsLearning">Whether it learns from received packets where Ethernet addresses are.</param>
/// <param name="HasGroupPolicy">Whether packets carry the group policy extension.</param>
internal sealed record VxlanDevice(
    string Name,
    int Vni,
    MacAddress Mac,
    int Mtu,
    string Parent,
    IPAddress Local,
    ushort Port,
    bool IsLearning,
    bool HasGroupPolicy) : KernelDevice(Name)
{
    private int Overhead => Local.AddressFamily == AddressFamily.InterNetworkV6 ? VxlanOverhead.IPv6 : VxlanOverhead.IPv4;

    public override string? WhyUnfit(LinkInfo link, IReadOnlyList<LinkInfo> links)
    {
        if (link.Vxlan is not { } vxlan)
            return $"it is no vxlan device but '{link.Kind}'";

        int parent = FindParent(links).Index;
        return Differ("VNI", vxlan.Vni, Vni)
            ?? Differ("interface", vxlan.ParentIndex, parent)
            ?? Differ("family", vxlan.Local?.AddressFamily, Local.AddressFamily)
            ?? Differ("port", vxlan.Port, Port)
            ?? Differ("GBP", vxlan.HasGroupPolicy, HasGroupPolicy)
            ?? Differ("group", vxlan.Group, null)
            ?? Differ("l2miss", vxlan.ReportsL2Misses, false);
    }

    public override LinkChange Repair(LinkInfo link, IReadOnlyList<LinkInfo> links)
    {
        int mtu = MtuOver(FindParent(links));
        return new LinkChange(
            Mtu: link.Mtu == mtu ? null : mtu,
            Up: link.IsUp ? null : true,
            Mac: link.Mac == Mac ? null : Mac,
            VxlanLearning: link.Vxlan?.IsLearning == IsLearning ? null : IsLearning,
            VxlanLocal: Local.Equals(link.Vxlan?.Local) ? null : Local);
    }

    public override LinkInfo? Make(RouteNetlink netlink, IReadOnlyList<LinkInfo> links)
    {
        LinkInfo parent = FindParent(links);
        var vxlan = new VxlanAttributes(
            Vni, parent.Index, Local, Port: Port, IsLearning: IsLearning, HasGroupPolicy: HasGroupPolicy);
        try
        {
            return netlink.CreateVxlan(Name, vxlan, new LinkChange(Mtu: MtuOver(parent), TransmitQueueLength: 0, Mac: Mac));
        }
        catch (SysException e) when (e.Errno == Errno.EEXIST && FindRival(links) is { } rival)
        {
            // The kernel does not say which. It may be ours, renamed while the daemon was down, or another program's.
            throw new SysException(
                $"create {Name}",
                e.Errno,
                $"the device {rival.Name} has VNI {Vni} and port {Port} already; if nothing needs it: ip link del {rival.Name}");
        }
    }

    private static string? Differ<T>(string what, T there, T wanted) =>
        Equals(there, wanted) ? null : $"its {what} is {Show(there)}, expected {Show(wanted)}";

    private static string Show<T>(T value) => value?.ToString() ?? "none";

    /// <summary>Who has what only one device of a family may have.</summary>
    private LinkInfo? FindRival(IReadOnlyList<LinkInfo> links) => links.FirstOrDefault(link =>
        link.Name != Name
        && link.Vxlan is { } vxlan
        && (vxlan.Vni, vxlan.Port) == (Vni, Port)
        && (vxlan.Local is null || vxlan.Local.AddressFamily == Local.AddressFamily));

    private int MtuOver(LinkInfo parent) => Math.Min(Mtu, parent.Mtu - Overhead);

    private LinkInfo FindParent(IReadOnlyList<LinkInfo> links) => links.FirstOrDefault(link => link.Name == Parent)
        ?? throw new SysException($"keep {Name} on {Parent}", Errno.ENODEV, "the interface is gone");
}
