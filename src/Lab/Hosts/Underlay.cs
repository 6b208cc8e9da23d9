using System.Globalization;

namespace FastFlannel.Lab;

/// <summary>The network under the overlay: a bridge in a namespace of its own, also the hosts' default gateway.</summary>
public sealed class Underlay
{
    /// <summary>The bridge's address; etcd listens on it.</summary>
    public const string Gateway = "192.168.77.1";

    /// <summary>The bridge's IPv6 address, where the underlay has both families.</summary>
    public const string Ipv6Gateway = "fd77::1";

    private const string Bridge = "br0";

    private readonly int _mtu;

    private Underlay(Namespace @switch, int mtu, bool isDualStack) => (Switch, _mtu, IsDualStack) = (@switch, mtu, isDualStack);

    /// <summary>The namespace with the bridge and etcd.</summary>
    public Namespace Switch { get; }

    /// <summary>Whether the hosts have IPv6 addresses too, and forward IPv6.</summary>
    public bool IsDualStack { get; }

    /// <summary>Makes the switch.</summary>
    /// <param name="lab">The lab's name.</param>
    /// <param name="mtu">Of every link of the underlay, in bytes.</param>
    /// <param name="isDualStack">Whether the hosts get IPv6 addresses too.</param>
    /// <param name="cancellation">Gives up early.</param>
    public static async Task<Underlay> CreateAsync(string lab, int mtu, bool isDualStack, CancellationToken cancellation)
    {
        Namespace made = await Namespace.CreateAsync($"{lab}-switch", cancellation);
        await made.IpAsync(
            [
                $"link add {Bridge} type bridge",
                $"address add {Gateway}/24 dev {Bridge}",
                .. isDualStack ? [$"address add {Ipv6Gateway}/64 dev {Bridge} nodad"] : (string[])[],
                $"link set {Bridge} mtu {mtu} up",
            ],
            cancellation);
        return new Underlay(made, mtu, isDualStack);
    }

    /// <summary>The address of a host.</summary>
    /// <param name="number">1 for the first.</param>
    public static string AddressOf(int number) => string.Create(CultureInfo.InvariantCulture, $"192.168.77.{number + 1}");

    /// <summary>The IPv6 address of a host.</summary>
    /// <param name="number">1 for the first.</param>
    public static string Ipv6AddressOf(int number) => string.Create(CultureInfo.InvariantCulture, $"fd77::{number + 1:x}");

    /// <summary>Gives a namespace an <c>eth0</c> on the bridge, and of each family an address and the default route.</summary>
    /// <param name="host">The namespace.</param>
    /// <param name="number">The host's number, 1 for the first.</param>
    /// <param name="cancellation">Gives up early.</param>
    public async Task AttachAsync(Namespace host, int number, CancellationToken cancellation)
    {
        string port = string.Create(CultureInfo.InvariantCulture, $"port{number}");
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
        if (!IsDualStack)
            return;

        await host.IpAsync(
            [$"address add {Ipv6AddressOf(number)}/64 dev eth0 nodad", $"route add ::/0 via {Ipv6Gateway}"], cancellation);
        await host.SetAsync("ipv6/conf/all/forwarding", "1", cancellation);
    }
}
