namespace FastFlannel.Native;

/// <summary>An IPv6 unicast route to make in the main table.</summary>
/// <param name="Destination">Which addresses it is for.</param>
/// <param name="LinkIndex">The outgoing link.</param>
/// <param name="Gateway">The router to hand packets to; null when the destination is on the link.</param>
/// <param name="Protocol">Who made it; flannel's routes say boot.</param>
public readonly record struct Ipv6Route(
    Ipv6Prefix Destination, int LinkIndex, Ipv6Address? Gateway = null, RouteProtocol Protocol = RouteProtocol.Boot)
{
    /// <summary>In the words of <c>ip route</c>, for example <c>fd05::/48 on link 2</c>.</summary>
    public override string ToString() =>
        Gateway is { } gateway ? $"{Destination} via {gateway} on link {LinkIndex}" : $"{Destination} on link {LinkIndex}";
}
