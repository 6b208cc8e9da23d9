using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// The vxlan backend's plan (flannel, pkg/backend/vxlan): for each peer a neighbour, an fdb entry and a route; or a plain route
/// alone where peers on the interface's link are reached directly.
/// </summary>
internal sealed record VxlanPlan : IKernelPlan
{
    /// <summary>The network.</summary>
    public required NetworkConfig Config { get; init; }

    /// <inheritdoc/>
    public required string Interface { get; init; }

    /// <summary>Whether peers on the interface's link get a plain route.</summary>
    public required bool DirectRouting { get; init; }

    /// <summary>The device for IPv4.</summary>
    public required VxlanDevice IPv4Device { get; init; }

    /// <summary>The device for IPv6 of a dual-stack network, or null.</summary>
    public VxlanDevice? IPv6Device { get; init; }

    /// <summary>This host's lease; null as long as it has none.</summary>
    public Subnet? Own { get; init; }

    /// <summary>The peers; null as long as they are not known, and nothing is deleted.</summary>
    public LeasedPeers? Peers { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<KernelDevice> Devices => IPv6Device is null ? [IPv4Device] : [IPv4Device, IPv6Device];

    /// <inheritdoc/>
    public DesiredKernelState Desire(CurrentKernelState current)
    {
        if (Own is not { } own)
            return new DesiredKernelState();

        int parent = current.Find(Interface)?.Index ?? 0;
        OnLinkAddresses? direct = DirectRouting ? new OnLinkAddresses(current, parent, Config) : null;
        List<DesiredEntry> entries = [];
        Dictionary<Subnet, string> refused = [];
        HashSet<int> devices = [];
        AddFamily(IPv4Device, new AddressInfo(0, own.Ipv4.Network, 32), peer => PeerEnd.IPv4Of(peer));
        if (IPv6Device is not null && own.Ipv6 is { } ipv6)
            AddFamily(IPv6Device, new AddressInfo(0, ipv6.Network, 128), PeerEnd.IPv6Of);

        return new DesiredKernelState
        {
            Entries = entries,
            Refused = refused,
            Ownership = Peers is { } peers
                ? new EntryOwnership(Config, devices, DirectRouting ? parent : 0, peers.OthersSubnets)
                : null,
        };

        void AddFamily(VxlanDevice device, AddressInfo address, Func<Lease, PeerEnd?> endOf)
        {
            if (current.Find(device.Name) is not { } link)
                return;

            _ = devices.Add(link.Index);
            entries.Add(new DesiredEntry(address with { LinkIndex = link.Index }));
            Dictionary<MacAddress, Subnet> holders = new() { [device.Mac] = own };
            foreach (PeerEnd end in (Peers?.Ours ?? []).Select(endOf).OfType<PeerEnd>())
            {
                if (WhyNot(end) is { } reason)
                    refused[end.Peer] = reason;
                else if (direct?.Contains(end.Host) == true)
                    entries.Add(new DesiredEntry(new IpRoute(end.Subnet, parent, end.Host), end.Peer));
                else if (FindMac(end, holders, out MacAddress mac) is { } problem)
                    refused[end.Peer] = problem;
                else
                    entries.AddRange(Through(link.Index, end, mac));
            }
        }
    }

    private string? WhyNot(PeerEnd end) => Config.Contains(end.Subnet)
        ? null
        : $"its subnet {end.Subnet} is not inside the network, which nothing is routed to from here";

    /// <summary>In the order of need.</summary>
    private static IEnumerable<DesiredEntry> Through(int link, PeerEnd end, MacAddress mac)
    {
        IPAddress gateway = end.Subnet.BaseAddress;
        yield return new DesiredEntry(new Neighbour(link, gateway, mac), end.Peer);
        yield return new DesiredEntry(new FdbEntry(link, mac, end.Host), end.Peer);
        yield return new DesiredEntry(new IpRoute(end.Subnet, link, gateway, IsOnLink: true), end.Peer);
    }

    /// <returns>Why there is none that can be used, or null.</returns>
    private static string? FindMac(PeerEnd end, Dictionary<MacAddress, Subnet> holders, out MacAddress mac)
    {
        mac = VxlanLeaseData.ReadMac(end.Data) ?? default;
        if (mac == default)
            return $"its lease says no Ethernet address (VtepMAC) for {end.Subnet}: {end.Data ?? "nothing"}";

        return holders.TryAdd(mac, end.Peer)
            ? null
            : $"its VtepMAC {mac} is that of {holders[mac]} too; if the hosts are copies of one machine, delete the device on one";
    }
}
