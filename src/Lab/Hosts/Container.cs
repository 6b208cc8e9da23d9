namespace FastFlannel.Lab;

/// <summary>A container: a namespace behind a bridge of its host, or without one, as an engine would set it up from subnet.env.</summary>
public sealed class Container
{
    private Container(string name, Namespace @namespace, SubnetEnv env) =>
        (Name, Namespace, Address, Ipv6Address) = (name, @namespace, env.ContainerAddress, env.Ipv6?.ContainerAddress);

    /// <summary>For example <c>c1</c>.</summary>
    public string Name { get; }

    /// <summary>Its namespace.</summary>
    public Namespace Namespace { get; }

    /// <summary>Its address on the overlay.</summary>
    public string Address { get; }

    /// <summary>Its IPv6 address on a dual-stack overlay, otherwise null.</summary>
    public string? Ipv6Address { get; }

    /// <summary>The container as an end of the overlay.</summary>
    public Endpoint Endpoint => new(Name, Namespace, Address);

    /// <summary>The container as an end of the overlay by its IPv6 address.</summary>
    /// <exception cref="LabException">The overlay has IPv4 alone.</exception>
    public Endpoint Ipv6Endpoint =>
        new(Name, Namespace, Ipv6Address ?? throw new LabException($"{Name} has no IPv6 address: the network is not dual-stack"));

    /// <summary>Makes a container behind a bridge, or at the other end of a device that its host routes to.</summary>
    /// <param name="namespaceName">The container's namespace's name.</param>
    /// <param name="name">The container's name for people.</param>
    /// <param name="host">Where the bridge is made.</param>
    /// <param name="device">The bridge's or device's name, for example <c>cbr0</c>; a bridge's port gets the same name with a <c>p</c>.</param>
    /// <param name="isRouted">Whether there is no bridge.</param>
    /// <param name="env">What the daemon wrote.</param>
    /// <param name="cancellation">Gives up early.</param>
    public static async Task<Container> CreateAsync(
        string namespaceName, string name, LabHost host, string device, bool isRouted, SubnetEnv env, CancellationToken cancellation)
    {
        Namespace made = await Namespace.CreateAsync(namespaceName, cancellation);
        string[] port =
        [
            $"link add {device}p type veth peer name eth0 netns {made.Name}",
            $"link set {device}p mtu {env.Mtu} master {device} up",
        ];
        await host.Namespace.IpAsync(
            [
                isRouted ? $"link add {device} type veth peer name eth0 netns {made.Name}" : $"link add {device} type bridge",
                $"address add {env.Subnet} dev {device}",
                $"link set {device} mtu {env.Mtu} up",
                .. isRouted ? [] : port,
            ],
            cancellation);
        await made.IpAsync(
            [
                $"address add {env.ContainerAddress}/{env.Length} dev eth0",
                $"link set eth0 mtu {env.Mtu} up",
                $"route add default via {env.BridgeAddress}",
            ],
            cancellation);
        if (env.Ipv6 is { } ipv6)
        {
            await host.Namespace.IpAsync([$"address add {ipv6.Subnet} dev {device} nodad"], cancellation);
            await made.IpAsync(
                [
                    $"address add {ipv6.ContainerAddress}/{ipv6.Length} dev eth0 nodad",
                    $"route add ::/0 via {ipv6.BridgeAddress}",
                ],
                cancellation);
        }

        return new Container(name, made, env);
    }
}
