using System.Net;

namespace FastFlannel.Native;

/// <summary>Which Ethernet address an IP address on a link has: an entry of the ARP or neighbour discovery table.</summary>
/// <param name="LinkIndex">The link.</param>
/// <param name="Address">The neighbour's IPv4 or IPv6 address.</param>
/// <param name="Mac">Its Ethernet address; null when it is not known, or not one of six bytes. A deletion needs none.</param>
/// <param name="State">How certain it is; entries of ours are permanent.</param>
public sealed record Neighbour(
    int LinkIndex, IPAddress Address, MacAddress? Mac = null, NeighbourStates State = NeighbourStates.Permanent) : KernelEntry
{
    internal override string Noun => "neighbour";

    internal override ushort NewType => RtnetlinkAbi.RTM_NEWNEIGH;

    internal override ushort DeleteType => RtnetlinkAbi.RTM_DELNEIGH;

    internal override int AbsentErrno => Errno.ENOENT;

    internal override void Write(ref NetlinkWriter writer) => NeighbourMessages.Write(ref writer, this);

    /// <summary>In the words of <c>ip neighbour</c>, for example <c>10.5.3.0 lladdr 26:48:39:7b:59:17 on link 7</c>.</summary>
    public override string ToString() => Mac is null
        ? $"{Address} on link {LinkIndex}"
        : $"{Address} lladdr {Mac} on link {LinkIndex}";
}

/// <summary>What the kernel knows of a neighbour or an fdb entry (linux/neighbour.h, NUD_*).</summary>
[Flags]
public enum NeighbourStates : ushort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Asked for and not answered yet.</summary>
    Incomplete = 0x01,

    /// <summary>Confirmed a short while ago. An fdb entry: not permanent, ages unless it is also <see cref="NoArp"/>.</summary>
    Reachable = 0x02,

    /// <summary>Confirmed a long while ago.</summary>
    Stale = 0x04,

    /// <summary>Used again after a long while, soon to be asked for.</summary>
    Delay = 0x08,

    /// <summary>Being asked for again.</summary>
    Probe = 0x10,

    /// <summary>Never answered.</summary>
    Failed = 0x20,

    /// <summary>Needs no resolution: a multicast address, or on a link without one.</summary>
    NoArp = 0x40,

    /// <summary>Stays until it is deleted.</summary>
    Permanent = 0x80,
}
