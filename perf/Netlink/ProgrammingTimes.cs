using System.Diagnostics;
using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Perf;

/// <summary>How long the kernel took for one half of the peers' entries, the neighbours with the fdb entries or the routes.</summary>
/// <param name="Batch">To make them, in batches.</param>
/// <param name="List">To list them.</param>
/// <param name="Delete">To delete them, in batches.</param>
/// <param name="OneByOne">To make them again, with a system call and its answer each.</param>
internal sealed record ProgrammingTimes(TimeSpan Batch, TimeSpan List, TimeSpan Delete, TimeSpan OneByOne)
{
    /// <summary>Measures on a vxlan device in the thread's namespace, which has nothing yet.</summary>
    public static (ProgrammingTimes Neighbours, ProgrammingTimes Routes) Take(int peers)
    {
        using var netlink = RouteNetlink.Open();
        int link = netlink.CreateVxlan("vxlan", new VxlanAttributes(1, Port: 8472), new LinkChange(Up: true)).Index;
        _ = netlink.AddAddress(link, Ipv4Address.Parse("192.168.0.1"), 32); // on a host without any, no address is a gateway
        ProgrammingTimes neighbours = Take(
            netlink,
            [.. PeerEntries.Neighbours(link, peers)],
            () => netlink.ListNeighbours(AddressFamily.InterNetwork, link).Count + netlink.ListFdbEntries(link).Count);
        ProgrammingTimes routes = Take(
            netlink,
            [.. PeerEntries.Routes(link, peers)],
            () => netlink.ListRoutes(AddressFamily.InterNetwork, new RouteFilter(LinkIndex: link)).Count);
        return (neighbours, routes);
    }

    private static ProgrammingTimes Take(RouteNetlink netlink, KernelEntry[] entries, Func<int> list)
    {
        KernelChange[] changes = [.. entries.Select(KernelChange.Replace)];
        KernelChange[] deletions = [.. entries.Select(KernelChange.Delete)];
        TimeSpan batch = Time(() => Make(netlink, changes));
        int listed = 0;
        TimeSpan listing = Time(() => listed = list());
        if (listed != entries.Length)
            throw new InvalidOperationException($"{listed} entries are listed of {entries.Length} made");

        TimeSpan delete = Time(() => Make(netlink, deletions));
        TimeSpan oneByOne = Time(() =>
        {
            foreach (KernelChange change in changes)
                Make(netlink, [change]);
        });
        return new ProgrammingTimes(batch, listing, delete, oneByOne);
    }

    private static void Make(RouteNetlink netlink, KernelChange[] changes)
    {
        foreach (ChangeResult result in netlink.Apply(changes))
        {
            if (!result.IsMade)
                throw result.ToException();
        }
    }

    private static TimeSpan Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start);
    }
}
