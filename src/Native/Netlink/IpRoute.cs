namespace FastFlannel.Native;

/// <summary>A unicast route to make or to remove in the main table.</summary>
/// <param name="Destination">Which addresses it is for.</param>
/// <param name="LinkIndex">The outgoing link.</param>
/// <param name="Gateway">The router to hand packets to; null when the destination is on the link.</param>
/// <param name="Scope">How far the destination is away.</param>
/// <param name="Protocol">Who made it; flannel's routes say boot.</param>
public readonly record struct Ipv4Route(
    Ipv4Prefix Destination,
    int LinkIndex,
    Ipv4Address? Gateway = null,
    RouteScope Scope = RouteScope.Global,
    RouteProtocol Protocol = RouteProtocol.Boot)
{
    /// <summary>In the words of <c>ip route</c>, for example <c>10.5.3.0/24 via 192.168.0.7 on link 2</c>.</summary>
    public override string ToString() =>
        Gateway is { } gateway ? $"{Destination} via {gateway} on link {LinkIndex}" : $"{Destination} on link {LinkIndex}";
}
