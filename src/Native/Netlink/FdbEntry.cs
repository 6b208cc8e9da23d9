using System.Net;

namespace FastFlannel.Native;

/// <summary>
/// To which host a vxlan device sends frames for an Ethernet address: an entry of the device's own forwarding database
/// (<c>bridge fdb ... self</c>). Other devices list the multicast addresses that they take.
/// </summary>
/// <param name="LinkIndex">The device.</param>
/// <param name="Mac">The Ethernet address; zero on a vxlan device stands for all that have no entry.</param>
/// <param name="Destination">The host, of the device's own family; null when the entry has none. A deletion without one fits any.</param>
/// <param name="State">Permanent, unless the device learned it.</param>
/// <param name="Port">The host's UDP port; null for the device's own. So it is with what follows, which the kernel leaves out then.</param>
/// <param name="Vni">The network identifier that frames to the host carry; null for the device's own.</param>
/// <param name="Via">The link over which the packets leave; null for the device's own interface.</param>
public sealed record FdbEntry(
    int LinkIndex,
    MacAddress Mac,
    IPAddress? Destination = null,
    NeighbourStates State = NeighbourStates.Permanent,
    ushort? Port = null,
    int? Vni = null,
    int? Via = null) : KernelEntry
{
    internal override string Noun => "fdb entry";

    internal override ushort NewType => RtnetlinkAbi.RTM_NEWNEIGH;

    internal override ushort DeleteType => RtnetlinkAbi.RTM_DELNEIGH;

    internal override int AbsentErrno => Errno.ENOENT;

    internal override void Write(ref NetlinkWriter writer) => FdbMessages.Write(ref writer, this);

    /// <summary>In the words of <c>bridge fdb</c>, for example <c>26:48:39:7b:59:17 dst 192.168.0.7 on link 7</c>.</summary>
    public override string ToString()
    {
        string destination = Destination is null ? "" : $" dst {Destination}";
        string port = Port is null ? "" : $" port {Port}";
        string vni = Vni is null ? "" : $" vni {Vni}";
        string via = Via is null ? "" : $" via link {Via}";
        return $"{Mac}{destination}{port}{vni}{via} on link {LinkIndex}";
    }
}
