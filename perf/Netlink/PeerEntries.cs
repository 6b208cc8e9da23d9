using FastFlannel.Native;

namespace FastFlannel.Perf;

/// <summary>What a vxlan peer needs in the kernel, as flannel makes it: a neighbour, an fdb entry and a route.</summary>
internal static class PeerEntries
{
    public const int PerPeer = 3;

    /// <summary>The entries of many peers, peer after peer, with subnets of 24 bits from 10.0.0.0 on.</summary>
    public static List<KernelEntry> Make(int link, int peers)
    {
        List<KernelEntry> entries = new(peers * PerPeer);
        for (uint i = 0; i < peers; i++)
        {
            var subnet = new Ipv4Prefix(new Ipv4Address(0x0A000000 + (i << 8)), 24);
            MacAddress mac = new MacAddress(i).AsLocalUnicast;
            entries.Add(new Neighbour(link, subnet.Network, mac));
            entries.Add(new FdbEntry(link, mac, new Ipv4Address(0xAC100000 + i)));
            entries.Add(new IpRoute(subnet, link, subnet.Network, IsOnLink: true));
        }

        return entries;
    }
}
