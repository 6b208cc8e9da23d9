using System.Net;
using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>A change to make, and for whom.</summary>
/// <param name="Change">The change.</param>
/// <param name="Peer">The peer's subnet, or null when it is for none.</param>
internal readonly record struct PlannedChange(KernelChange Change, Subnet? Peer = null);

/// <summary>
/// The changes that lead from the kernel's state to the desired one. What is right already is not touched, and what is wrong is
/// replaced in one step where the kernel can, so that no packet falls between the old entry and the new one.
/// </summary>
/// <param name="Steps">
/// One after the other: what a route needs comes before it, and goes after it, so that nothing is used before it works.
/// </param>
internal sealed record KernelDiff(IReadOnlyList<IReadOnlyList<PlannedChange>> Steps)
{
    /// <summary>Compares.</summary>
    public static KernelDiff Between(DesiredKernelState desired, CurrentKernelState current)
    {
        var addresses = SlotDiff<AddressInfo, (int, IPAddress, int)>.Between(
            desired.Entries, current.Addresses, address => (address.LinkIndex, address.Address, address.PrefixLength), IsSame);
        var neighbours = SlotDiff<Neighbour, (int, IPAddress)>.Between(
            desired.Entries, current.Neighbours, neighbour => (neighbour.LinkIndex, neighbour.Address), IsSame);
        var fdb = SlotDiff<FdbEntry, (int, MacAddress)>.Between(
            desired.Entries, current.FdbEntries, entry => (entry.LinkIndex, entry.Mac), IsSame);

        var routes = SlotDiff<IpRoute, (IPNetwork, uint)>.Between(
            desired.Entries, [.. current.Routes.Select(ToRoute)], SlotOf, IsSame, Blocks);

        if (desired.Ownership is not { } own)
            return new KernelDiff([addresses.Changes, neighbours.Changes, fdb.Changes, routes.Changes]);

        HashSet<(IPNetwork, uint)> wanted = routes.Slots;
        return new KernelDiff(
        [
            addresses.Changes,
            Deletions(current.Routes.Where(own.Includes).Select(ToRoute).Where(route => !wanted.Contains(SlotOf(route)))),
            neighbours.Changes,
            fdb.Changes,
            routes.Changes,
            Deletions(fdb.Undesired.Where(own.Includes)),
            Deletions(neighbours.Undesired.Where(own.Includes)),
            Deletions(addresses.Undesired.Where(own.Includes)),
        ]);
    }

    private static List<PlannedChange> Deletions(IEnumerable<KernelEntry> entries) =>
        [.. entries.Select(entry => new PlannedChange(KernelChange.Delete(entry)))];

    // A multipath route cannot be written as one, but what names its destination and metric deletes it.
    private static IpRoute ToRoute(RouteInfo route) =>
        route.ToRoute() ?? new IpRoute(route.Destination, Protocol: route.Protocol, Metric: route.Metric);

    private static (IPNetwork Destination, uint Metric) SlotOf(IpRoute route) => (
        route.Destination,
        route.Metric == 0 ? EntryOwnership.DefaultMetricOf(route.Destination.BaseAddress.AddressFamily) : route.Metric);

    private static bool IsSame(AddressInfo wanted, AddressInfo there) => true; // there is no more to it than its slot

    private static bool IsSame(Neighbour wanted, Neighbour there) => wanted.Mac == there.Mac && there.IsPermanent();

    private static bool IsSame(FdbEntry wanted, FdbEntry there) =>
        Equals(wanted with { State = there.State }, there) && there.IsPermanent();

    private static bool IsSame(IpRoute wanted, IpRoute there) =>
        wanted.LinkIndex == there.LinkIndex && wanted.Type == there.Type && Equals(wanted.Gateway, there.Gateway);

    // IPv6 looks the gateway up although it is said to be on the link, finds the wrong route itself, and refuses.
    private static bool Blocks(IpRoute wanted, IpRoute there) =>
        wanted is { IsOnLink: true, Destination.BaseAddress.AddressFamily: AddressFamily.InterNetworkV6 }
        && wanted.LinkIndex != there.LinkIndex;
}
