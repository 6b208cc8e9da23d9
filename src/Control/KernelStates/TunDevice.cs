using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>The udp backend's device. The backend itself makes it, since it lives as long as the backend's descriptors.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Mtu">The longest packet, in bytes.</param>
internal sealed record TunDevice(string Name, int Mtu) : KernelDevice(Name)
{
    /// <summary>Whether a link is it, and not somebody else's that has the name now.</summary>
    public bool Is(LinkInfo link) => link.Name == Name && link.Kind == "tun";

    public override string? WhyUnfit(LinkInfo link, IReadOnlyList<LinkInfo> links) => null;

    public override LinkChange Repair(LinkInfo link, IReadOnlyList<LinkInfo> links) =>
        Is(link) ? new(Mtu: link.Mtu == Mtu ? null : Mtu, Up: link.IsUp ? null : true) : default;

    public override LinkInfo? Make(RouteNetlink netlink, IReadOnlyList<LinkInfo> links) => null;
}
