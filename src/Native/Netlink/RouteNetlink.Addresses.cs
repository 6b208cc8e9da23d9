using System.Net;
using System.Net.Sockets;
using static FastFlannel.Native.RtnetlinkAbi;

namespace FastFlannel.Native;

// Addresses.
public sealed partial class RouteNetlink
{
    /// <summary>Lists addresses.</summary>
    /// <param name="family">InterNetwork or InterNetworkV6.</param>
    /// <param name="linkIndex">Of this link; 0 for all links.</param>
    /// <returns>In the kernel's order, which decides what is a link's first address.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public IReadOnlyList<AddressInfo> ListAddresses(AddressFamily family, int linkIndex = 0)
    {
        byte number = AddressFamilies.NumberOf(family);
        NetlinkWriter request = _connection.Begin(RTM_GETADDR, NetlinkAbi.NLM_F_DUMP);
        request.Append(new AddressHeader(number, LinkIndex: (uint)linkIndex));
        List<AddressInfo> addresses = _connection.Dump<AddressInfo>(
            $"list {AddressFamilies.NameOf(family)} addresses", request, AddressMessages.TryParse, Errno.ENODEV);
        return linkIndex == 0 ? addresses : addresses.FindAll(address => address.LinkIndex == linkIndex);
    }

    /// <summary>Gives a link an address, without a broadcast address. The kernel adds the routes that come with it.</summary>
    /// <param name="address">The address.</param>
    /// <returns>False when the link has it already.</returns>
    /// <exception cref="SysException">No such link (ENODEV), or a prefix or label that cannot be (EINVAL).</exception>
    public bool AddAddress(AddressInfo address) => Make(KernelChange.Add(address));

    /// <inheritdoc cref="AddAddress(AddressInfo)"/>
    /// <param name="linkIndex">The link.</param>
    /// <param name="address">The address.</param>
    /// <param name="prefixLength">Leading bits that are the network, 0 to 32 or 128.</param>
    public bool AddAddress(int linkIndex, IPAddress address, int prefixLength) =>
        AddAddress(new AddressInfo(linkIndex, address, prefixLength));

    /// <summary>Gives a link an address; if it has it already, with these flags from now on.</summary>
    /// <param name="address">The address.</param>
    /// <exception cref="SysException">As <see cref="AddAddress(AddressInfo)"/>.</exception>
    public void ReplaceAddress(AddressInfo address) => Make(KernelChange.Replace(address));

    /// <summary>Takes an address from a link. The kernel removes the routes that came with it.</summary>
    /// <param name="address">The address.</param>
    /// <returns>False when the link does not have it, or is gone itself.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public bool DeleteAddress(AddressInfo address) => Make(KernelChange.Delete(address));

    /// <inheritdoc cref="DeleteAddress(AddressInfo)"/>
    /// <param name="linkIndex">The link.</param>
    /// <param name="address">The address.</param>
    /// <param name="prefixLength">Leading bits that are the network, 0 to 32 or 128.</param>
    public bool DeleteAddress(int linkIndex, IPAddress address, int prefixLength) =>
        DeleteAddress(new AddressInfo(linkIndex, address, prefixLength));
}
