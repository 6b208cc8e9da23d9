using System.Globalization;

namespace FastFlannel.Lab;

/// <summary>
/// The network under the overlay: bridges in a namespace of their own, which is the hosts' default gateway and routes between
/// the bridges.
/// </summary>
public sealed class Underlay
{
    /// <summary>The first bridge's address; etcd listens on it.</summary>
    public const string Gateway = "192.168.77.1";

    private readonly LabClusterOptions _options;

    private Underlay(Namespace @switch, LabClusterOptions options) => (Switch, _options) = (@switch, options);

    /// <summary>The namespace with the bridges and etcd.</summary>
    public Namespace Switch { get; }

    /// <summary>Whether the hosts have IPv6 addresses too, and forward IPv6.</summary>
    public bool IsDualStack => _options.Ipv6Network is not null;

    /// <summary>Makes the switch.</summary>
    /// <param name="lab">The lab's name.</param>
    /// <param name="options">How many hosts there will be where, and the MTU of every link.</param>
    /// <param name="cancellation">Gives up early.</param>
    public static async Task<Underlay> CreateAsync(string lab, LabClusterOptions options, CancellationToken cancellation)
    {
        Namespace made = await Namespace.CreateAsync($"{lab}-switch", cancellation);
        var underlay = new Underlay(made, options);
        await underlay.AddLinkAsync(UnderlayLink.Near, cancellation);
        if (options.RemoteHosts > 0)
        {
            await underlay.AddLinkAsync(UnderlayLink.Remote, cancellation);
            await made.ForwardAsync(underlay.IsDualStack, cancellation);
        }

        return underlay;
    }

    /// <summary>A bridge's port to a host, in <see cref="Switch"/>.</summary>
    /// <param name="number">1 for the first.</param>
    public static string PortOf(int number) => string.Create(CultureInfo.InvariantCulture, $"port{number}");

    /// <summary>Gives a namespace an <c>eth0</c> on a bridge, and of each family an address and the default route.</summary>
    /// <param name="host">The namespace.</param>
    /// <param name="number">The host's number, 1 for the first.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>The link that the host is on.</returns>
    public async Task<UnderlayLink> AttachAsync(Namespace host, int number, CancellationToken cancellation)
    {
        UnderlayLink link = number > _options.Hosts - _options.RemoteHosts ? UnderlayLink.Remote : UnderlayLink.Near;
        string port = PortOf(number);
        await Switch.IpAsync(
            [
                $"link add {port} type veth peer name eth0 netns {host.Name}",
                $"link set {port} mtu {_options.Mtu} master {link.Bridge} up",
            ],
            cancellation);
        await host.IpAsync(
            [
                $"address add {link.AddressOf(number)}/24 dev eth0",
                $"link set eth0 mtu {_options.Mtu} up",
                $"route add default via {link.Gateway}",
            ],
            cancellation);
        await host.ForwardAsync(IsDualStack, cancellation);
        if (IsDualStack)
        {
            await host.IpAsync(
                [
                    $"address add {link.Ipv6AddressOf(number)}/64 dev eth0 nodad",
                    $"route add ::/0 via {link.Ipv6Gateway}",
                ],
                cancellation);
        }

        return link;
    }

    private Task AddLinkAsync(UnderlayLink link, CancellationToken cancellation) => Switch.IpAsync(
        [
            $"link add {link.Bridge} type bridge",
            $"address add {link.Gateway}/24 dev {link.Bridge}",
            .. IsDualStack ? [$"address add {link.Ipv6Gateway}/64 dev {link.Bridge} nodad"] : (string[])[],
            $"link set {link.Bridge} mtu {_options.Mtu} up",
        ],
        cancellation);
}
