using System.Globalization;

namespace FastFlannel.Lab;

/// <summary>The network under the overlay: a bridge in a namespace of its own, also the hosts' default gateway.</summary>
public sealed class Underlay
{
    /// <summary>The bridge's address; etcd listens on it.</summary>
    public const string Gateway = "192.168.77.1";

    /// <summary>The bridge, in <see cref="Switch"/>.</summary>
    public const string Bridge = "br0";

    private readonly int _mtu;

    private Underlay(Namespace @switch, int mtu) => (Switch, _mtu) = (@switch, mtu);

    /// <summary>The namespace with the bridge and etcd.</summary>
    public Namespace Switch { get; }

    /// <summary>Makes the switch.</summary>
    /// <param name="lab">The lab's name.</param>
    /// <param name="mtu">Of every link of the underlay, in bytes.</param>
    /// <param name="cancellation">Gives up early.</param>
    public static async Task<Underlay> CreateAsync(string lab, int mtu, CancellationToken cancellation)
    {
        Namespace made = await Namespace.CreateAsync($"{lab}-switch", cancellation);
        await made.IpAsync(
            [
                $"link add {Bridge} type bridge",
                $"address add {Gateway}/24 dev {Bridge}",
                $"link set {Bridge} mtu {mtu} up",
            ],
            cancellation);
        return new Underlay(made, mtu);
    }

    /// <summary>The address of a host.</summary>
    /// <param name="number">1 for the first.</param>
    public static string AddressOf(int number) => string.Create(CultureInfo.InvariantCulture, $"192.168.77.{number + 1}");

    /// <summary>The bridge's port to a host, in <see cref="Switch"/>.</summary>
    /// <param name="number">1 for the first.</param>
    public static string PortOf(int number) => string.Create(CultureInfo.InvariantCulture, $"port{number}");

    /// <summary>Gives a namespace an <c>eth0</c> on the bridge, an address and the default route.</summary>
    /// <param name="host">The namespace.</param>
    /// <param name="number">The host's number, 1 for the first.</param>
    /// <param name="cancellation">Gives up early.</param>
    public async Task AttachAsync(Namespace host, int number, CancellationToken cancellation)
    {
        string port = PortOf(number);
        await Switch.IpAsync(
            [
                $"link add {port} type veth peer name eth0 netns {host.Name}",
                $"link set {port} mtu {_mtu} master {Bridge} up",
            ],
            cancellation);
        await host.IpAsync(
            [
                $"address add {AddressOf(number)}/24 dev eth0",
                $"link set eth0 mtu {_mtu} up",
                $"route add default via {Gateway}",
            ],
            cancellation);
    }
}
