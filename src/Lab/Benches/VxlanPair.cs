namespace FastFlannel.Lab;

/// <summary>The kernel's vxlan between two hosts, with the entries flannel would make, made by hand.</summary>
internal static class VxlanPair
{
    /// <summary>What its headers take of the underlay's MTU, in bytes: IPv4, UDP, vxlan, Ethernet.</summary>
    public const int Overhead = 50;

    private const string Device = "vxlan1";
    private const string Tunnel = "id 1 dstport 8472"; // flannel's

    /// <summary>Sets both hosts up.</summary>
    /// <param name="first">The end that sends.</param>
    /// <param name="second">The end that receives.</param>
    /// <param name="mtu">The device's, in bytes.</param>
    /// <param name="ct">Gives up early.</param>
    /// <returns>The hosts' own ends of the overlay.</returns>
    public static async Task<(Endpoint From, Endpoint To)> CreateAsync(
        LabHost first, LabHost second, int mtu, CancellationToken ct)
    {
        await Task.WhenAll(JoinAsync(first, second, mtu, ct), JoinAsync(second, first, mtu, ct));
        return (End(first), End(second));
    }

    private static async Task JoinAsync(LabHost host, LabHost peer, int mtu, CancellationToken ct)
    {
        await host.Namespace.IpAsync(
            [
                $"link add {Device} address {MacOf(host)} type vxlan {Tunnel} local {host.Address} dev eth0 nolearning",
                $"address add {AddressOf(host)}/32 dev {Device}",
                $"link set {Device} mtu {mtu} up",
                $"neighbor replace {AddressOf(peer)} lladdr {MacOf(peer)} dev {Device} nud permanent",
                $"route add {AddressOf(peer)}/24 via {AddressOf(peer)} dev {Device} onlink",
            ],
            ct);
        _ = (await host.Namespace.ExecAsync(
            ["bridge", "fdb", "replace", MacOf(peer), "dev", Device, "dst", peer.Address, "self", "permanent"], ct)).OrThrow();
    }

    private static Endpoint End(LabHost host) => new(host.Name, host.Namespace, AddressOf(host));

    // A lab's hosts are numbered from 1 and fewer than 256.
    private static string AddressOf(LabHost host) => $"10.200.{host.Number}.0";

    private static string MacOf(LabHost host) => $"0a:66:66:00:00:{host.Number:x2}";
}
