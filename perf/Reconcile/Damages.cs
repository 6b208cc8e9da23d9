using System.Net;
using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Perf;

/// <summary>What somebody may do to a daemon's entries in the kernel, one of each kind.</summary>
internal static class Damages
{
    private static readonly MacAddress OtherMac = MacAddress.Parse("02:00:00:00:ff:ff");
    private static readonly IPAddress OtherHost = IPAddress.Parse("172.31.255.254");

    /// <summary>Those that concern a backend, as it is now.</summary>
    public static IEnumerable<(string What, Action Do)> Of(ReconcileBed bed)
    {
        RouteNetlink netlink = bed.Netlink;
        int link = bed.Link;
        IpRoute route = bed.Routes().First();
        int eth0 = netlink.FindLink("eth0")!.Index;
        yield return ("route deleted", () => Made(netlink.DeleteRoute(route)));
        yield return ("route led elsewhere", () =>
            netlink.ReplaceRoute(route with { LinkIndex = eth0, Gateway = OtherHost, IsOnLink = false }));
        if (bed.Device is not { } name)
            yield break;

        AddressInfo address = netlink.ListAddresses(AddressFamily.InterNetwork, link)[0];
        yield return ("address deleted", () => Made(netlink.Apply([KernelChange.Delete(address)])[0].IsMade));
        yield return ("device set down", () => netlink.ChangeLink(link, new LinkChange(Up: false)));
        yield return ("device's MTU changed", () => netlink.ChangeLink(link, new LinkChange(Mtu: 1300)));
        yield return ("device renamed", () => netlink.RenameLink(link, "renamed"));
        yield return ("device deleted", () => Made(netlink.DeleteLink(link)));
        if (bed.Backend != "vxlan")
            yield break;

        yield return ("device's MAC changed", () => netlink.ChangeLink(link, new LinkChange(Mac: OtherMac)));
        Neighbour neighbour = netlink.ListNeighbours(AddressFamily.InterNetwork, link)
            .First(one => (one.State & NeighbourStates.Permanent) != 0);
        yield return ("neighbour deleted", () => Made(netlink.DeleteNeighbour(neighbour)));
        yield return ("neighbour changed", () => netlink.ReplaceNeighbour(neighbour with { Mac = OtherMac }));
        FdbEntry entry = netlink.ListFdbEntries(link)[0];
        yield return ("fdb entry deleted", () => Made(netlink.DeleteFdbEntry(entry)));
        yield return ("fdb entry led elsewhere", () => netlink.ReplaceFdbEntry(entry with { Destination = OtherHost }));
        yield return ("fdb entry's port changed", () => netlink.ReplaceFdbEntry(entry with { Port = 4789 }));
    }

    private static void Made(bool isMade)
    {
        if (!isMade)
            throw new InvalidOperationException("there was nothing to delete");
    }
}
