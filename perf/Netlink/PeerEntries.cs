using FastFlannel.Native;

namespace FastFlannel.Perf;

/// <summary>What vxlan peers need in the kernel, as flannel makes it; their subnets are of 24 bits, from 10.0.0.0 on.</summary>
internal static class PeerEntries
{
    /// <summary>A neighbour and an fdb entry for each peer.</summary>
    public static IEnumerable<KernelEntry> Neighbours(int link, int peers) => Range(peers).SelectMany(i => new KernelEntry[]
    {
        new Neighbour(link, Subnet(i).Network, Mac(i)),
        new FdbEntry(link, Mac(i), new Ipv4Address(0xAC100000 + i)),
    });

    /// <summary>A route for each peer.</summary>
    public static IEnumerable<KernelEntry> Routes(int link, int peers) =>
        Range(peers).Select(i => new IpRoute(Subnet(i), link, Subnet(i).Network, IsOnLink: true));

    private static IEnumerable<uint> Range(int peers) => Enumerable.Range(0, peers).Select(i => (uint)i);

    private static Ipv4Prefix Subnet(uint peer) => new(new Ipv4Address(0x0A000000 + (peer << 8)), 24);

    private static MacAddress Mac(uint peer) => new MacAddress(peer).AsLocalUnicast;
}
