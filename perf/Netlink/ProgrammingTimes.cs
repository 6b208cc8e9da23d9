using System.Diagnostics;
using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Perf;

/// <summary>How long it took to give a vxlan device the entries of its peers.</summary>
/// <param name="Batch">To make them, in batches.</param>
/// <param name="OneByOne">To make them on another such device, one system call and answer after the other.</param>
/// <param name="List">To list the first device's: neighbours, fdb entries, routes.</param>
/// <param name="Delete">To delete the first device's, in batches.</param>
internal sealed record ProgrammingTimes(TimeSpan Batch, TimeSpan OneByOne, TimeSpan List, TimeSpan Delete)
{
    /// <summary>Takes the times in the thread's namespace, which has nothing yet.</summary>
    public static ProgrammingTimes Take(int peers)
    {
        using var netlink = RouteNetlink.Open();
        int link = CreateDevice(netlink, 1);
        KernelChange[] changes = [.. PeerEntries.Make(link, peers).Select(KernelChange.Replace)];
        TimeSpan batch = Time(() => Check(netlink.Apply(changes)));

        int listed = 0;
        TimeSpan list = Time(() => listed = netlink.ListNeighbours(AddressFamily.InterNetwork, link).Count
            + netlink.ListFdbEntries(link).Count
            + netlink.ListRoutes(AddressFamily.InterNetwork, new RouteFilter(LinkIndex: link)).Count);
        if (listed != changes.Length)
            throw new InvalidOperationException($"{listed} entries are listed of {changes.Length} made");

        KernelChange[] deletions = [.. changes.Select(change => KernelChange.Delete(change.Entry))];
        TimeSpan delete = Time(() => Check(netlink.Apply(deletions)));

        List<KernelEntry> others = PeerEntries.Make(CreateDevice(netlink, 2), peers);
        TimeSpan oneByOne = Time(() =>
        {
            foreach (KernelEntry entry in others)
                Check(netlink.Apply([KernelChange.Replace(entry)]));
        });
        return new ProgrammingTimes(batch, oneByOne, list, delete);
    }

    private static int CreateDevice(RouteNetlink netlink, int vni) =>
        netlink.CreateVxlan($"vxlan{vni}", new VxlanAttributes(vni, Port: 8472), new LinkChange(Up: true)).Index;

    private static void Check(IReadOnlyList<ChangeResult> results)
    {
        foreach (ChangeResult result in results)
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
