using System.Net;

namespace FastFlannel.Native;

/// <summary>A route of one way or of none, to make or to remove. What the kernel has is read as <see cref="RouteInfo"/>.</summary>
/// <param name="Destination">Which addresses it is for.</param>
/// <param name="LinkIndex">The outgoing link; 0 leaves it to the kernel, which finds the one that the gateway is on.</param>
/// <param name="Gateway">The router to hand packets to; null when the destination is on the link, or for a blackhole.</param>
/// <param name="Scope">How far the destination is away; IPv6 has no use for it.</param>
/// <param name="Protocol">Who made it; flannel's routes say boot.</param>
/// <param name="Type">What becomes of the packets.</param>
/// <param name="IsOnLink">Whether the gateway is reached on the link although no route says so.</param>
/// <param name="Metric">Of several routes to one destination the lowest wins. 0 is the kernel's choice: 0, for IPv6 1024.</param>
/// <param name="Table">The routing table.</param>
public sealed record IpRoute(
    IPNetwork Destination,
    int LinkIndex = 0,
    IPAddress? Gateway = null,
    RouteScope Scope = RouteScope.Global,
    RouteProtocol Protocol = RouteProtocol.Boot,
    RouteType Type = RouteType.Unicast,
    bool IsOnLink = false,
    uint Metric = 0,
    uint Table = IpRoute.MainTable) : KernelEntry
{
    /// <summary>The table that <c>ip route</c> shows (RT_TABLE_MAIN).</summary>
    public const uint MainTable = RtnetlinkAbi.RT_TABLE_MAIN;

    internal override string Noun => "route";

    internal override ushort NewType => RtnetlinkAbi.RTM_NEWROUTE;

    internal override ushort DeleteType => RtnetlinkAbi.RTM_DELROUTE;

    internal override int AbsentErrno => Errno.ESRCH;

    internal override void Write(ref NetlinkWriter writer) => RouteMessages.Write(ref writer, this);

    /// <summary>In the words of <c>ip route</c>, for example <c>10.5.3.0/24 via 10.5.3.0 on link 7 onlink</c>.</summary>
    public override string ToString() => string.Concat(
        Type == RouteType.Unicast ? "" : $"{Type.ToString().ToLowerInvariant()} ",
        Destination.ToString(),
        Gateway is null ? "" : $" via {Gateway}",
        LinkIndex == 0 ? "" : $" on link {LinkIndex}",
        IsOnLink ? " onlink" : "",
        Metric == 0 ? "" : $" metric {Metric}",
        Table == MainTable ? "" : $" table {Table}");
}
