using System.Net.Sockets;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

// Neighbours and fdb entries.
public sealed partial class RouteNetlink
{
    /// <summary>Lists the neighbours on a link, in whatever state.</summary>
    /// <param name="family">InterNetwork or InterNetworkV6.</param>
    /// <param name="linkIndex">The link; a link that does not exist has none.</param>
    /// <exception cref="SysException">The kernel refused.</exception>
    public IReadOnlyList<Neighbour> ListNeighbours(AddressFamily family, int linkIndex)
    {
        byte number = AddressFamilies.NumberOf(family);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(linkIndex);
        NetlinkWriter request = _connection.Begin(RTM_GETNEIGH, NetlinkAbi.NLM_F_DUMP);
        request.Append(new NeighbourHeader(number));
        request.Attribute(NDA_IFINDEX, (uint)linkIndex);
        return _connection
            .Dump<Neighbour>(
                $"list {AddressFamilies.NameOf(family)} neighbours on link {linkIndex}", request, NeighbourMessages.TryParse)
            .FindAll(neighbour => neighbour.LinkIndex == linkIndex);
    }

    /// <summary>Makes a neighbour known, in place of what was known of it.</summary>
    /// <param name="neighbour">The neighbour, with its Ethernet address.</param>
    /// <exception cref="SysException">No such link (ENODEV), or no Ethernet address (EINVAL).</exception>
    public void ReplaceNeighbour(Neighbour neighbour) => Make(KernelChange.Replace(neighbour));

    /// <summary>Forgets a neighbour, whatever Ethernet address it has.</summary>
    /// <param name="neighbour">The neighbour.</param>
    /// <returns>False when it is not known, or the link is gone itself.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public bool DeleteNeighbour(Neighbour neighbour) => Make(KernelChange.Delete(neighbour));

    /// <summary>Lists the fdb entries of a device.</summary>
    /// <param name="linkIndex">The device; one that does not exist has none.</param>
    /// <exception cref="SysException">The kernel refused.</exception>
    public IReadOnlyList<FdbEntry> ListFdbEntries(int linkIndex)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(linkIndex);
        NetlinkWriter request = _connection.Begin(RTM_GETNEIGH, NetlinkAbi.NLM_F_DUMP);
        request.Append(new NeighbourHeader(AF_BRIDGE, LinkIndex: linkIndex));
        return _connection
            .Dump<FdbEntry>($"list fdb entries of link {linkIndex}", request, FdbMessages.TryParse)
            .FindAll(entry => entry.LinkIndex == linkIndex);
    }

    /// <summary>Makes an fdb entry, in place of the one for the same Ethernet address.</summary>
    /// <param name="entry">The entry, with its destination.</param>
    /// <exception cref="SysException">No such device (ENODEV), or a destination of another family.</exception>
    public void ReplaceFdbEntry(FdbEntry entry) => Make(KernelChange.Replace(entry));

    /// <summary>Deletes an fdb entry.</summary>
    /// <param name="entry">The entry; without a destination, wherever it leads. One that leads elsewhere stays.</param>
    /// <returns>
    /// False when there is none for the Ethernet address, or the device is gone itself. Of one that leads elsewhere the kernel
    /// says that it was deleted.
    /// </returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public bool DeleteFdbEntry(FdbEntry entry) => Make(KernelChange.Delete(entry));
}
