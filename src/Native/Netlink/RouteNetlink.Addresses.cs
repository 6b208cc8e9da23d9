using System.Net.Sockets;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

// Addresses.
public sealed partial class RouteNetlink
{
    /// <summary>Lists the addresses of all links.</summary>
    /// <param name="family">InterNetwork or InterNetworkV6.</param>
    /// <returns>In the kernel's order, which decides what is a link's first address.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public IReadOnlyList<AddressInfo> ListAddresses(AddressFamily family)
    {
        (byte number, string name) = FamilyOf(family);
        NetlinkWriter request = _connection.Begin(RTM_GETADDR, NetlinkAbi.NLM_F_DUMP);
        request.Append(new AddressHeader(number));
        return _connection.Dump<AddressInfo>($"list {name} addresses", request, AddressMessages.TryParse);
    }

    /// <summary>Gives a link an address, without a broadcast address. The kernel adds the routes that come with it.</summary>
    /// <param name="linkIndex">The link.</param>
    /// <param name="address">The address.</param>
    /// <param name="prefixLength">Leading bits that are the network, 0 to 32.</param>
    /// <returns>False when the link has it already.</returns>
    /// <exception cref="SysException">No such link (ENODEV).</exception>
    public bool AddAddress(int linkIndex, Ipv4Address address, int prefixLength)
    {
        NetlinkWriter request = _connection.Begin(RTM_NEWADDR, NetlinkAbi.NLM_F_CREATE | NetlinkAbi.NLM_F_EXCL);
        AddressMessages.Write(ref request, linkIndex, address, prefixLength);
        return _connection.Execute(
            $"add address {address}/{prefixLength} to link {linkIndex}", request, tolerated: Errno.EEXIST);
    }

    /// <summary>
    /// Gives a link an IPv6 address that can be used at once, without looking whether another host on the link has it. The kernel
    /// adds the routes that come with it.
    /// </summary>
    /// <param name="linkIndex">The link.</param>
    /// <param name="address">The address.</param>
    /// <param name="prefixLength">Leading bits that are the network, 0 to 128.</param>
    /// <returns>False when the link has it already.</returns>
    /// <exception cref="SysException">No such link (ENODEV), or it has IPv6 switched off (EACCES) or is too narrow for it.</exception>
    public bool AddAddress(int linkIndex, Ipv6Address address, int prefixLength)
    {
        NetlinkWriter request = _connection.Begin(RTM_NEWADDR, NetlinkAbi.NLM_F_CREATE | NetlinkAbi.NLM_F_EXCL);
        AddressMessages.Write(ref request, linkIndex, address, prefixLength);
        return _connection.Execute(
            $"add address {address}/{prefixLength} to link {linkIndex}", request, tolerated: Errno.EEXIST);
    }

    /// <summary>Takes an address from a link. The kernel removes the routes that came with it.</summary>
    /// <inheritdoc cref="AddAddress(int, Ipv4Address, int)"/>
    /// <returns>False when the link does not have it.</returns>
    public bool DeleteAddress(int linkIndex, Ipv4Address address, int prefixLength)
    {
        NetlinkWriter request = _connection.Begin(RTM_DELADDR);
        AddressMessages.Write(ref request, linkIndex, address, prefixLength);
        return _connection.Execute(
            $"delete address {address}/{prefixLength} from link {linkIndex}", request, tolerated: Errno.EADDRNOTAVAIL);
    }
}
