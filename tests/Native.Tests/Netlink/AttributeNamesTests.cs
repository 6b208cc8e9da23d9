using System.Net;

namespace FastFlannel.Native.Tests;

public class AttributeNamesTests
{
    [Fact]
    public void The_innermost_attribute_around_a_place_is_named()
    {
        var batch = new NetlinkBatch();
        NetlinkWriter writer = batch.Begin(RtnetlinkAbi.RTM_NEWLINK, 0);
        LinkMessages.WriteNewVxlan(
            ref writer, "v", new VxlanAttributes(1, 3, IPAddress.Parse("192.168.77.2"), Port: 8472), new LinkChange(Mtu: 1450));
        batch.End(writer);

        // Every attribute starts at a multiple of four bytes; nothing is found in the headers before the first.
        List<string> names = [];
        for (uint offset = 0; offset < batch[0].Length; offset += 4)
        {
            if (AttributeNames.At(batch[0], offset) is { } name && !names.Contains(name))
                names.Add(name);
        }

        Assert.Null(AttributeNames.At(batch[0], 28));
        Assert.Equal("IFLA_MTU", AttributeNames.At(batch[0], 32));
        Assert.Equal(
            [
                "IFLA_MTU",
                "IFLA_IFNAME",
                "IFLA_LINKINFO",
                "IFLA_INFO_KIND",
                "IFLA_INFO_DATA",
                "IFLA_VXLAN_LINK",
                "IFLA_VXLAN_ID",
                "IFLA_VXLAN_LOCAL",
                "IFLA_VXLAN_LEARNING",
                "IFLA_VXLAN_PORT",
            ],
            names);
    }

    [Fact]
    public void Attributes_of_routes_addresses_and_neighbours_have_names()
    {
        var address = IPAddress.Parse("10.5.3.0");
        AssertFirst("RTA_DST", new IpRoute(new IPNetwork(address, 24), 4), 28);
        AssertFirst("IFA_LOCAL", new AddressInfo(4, address, 32), 24);
        AssertFirst("NDA_DST", new Neighbour(4, address), 28);
        AssertFirst("NDA_LLADDR", new FdbEntry(4, default), 28);
    }

    [Fact]
    public void An_attribute_without_a_name_has_its_number()
    {
        var batch = new NetlinkBatch();
        NetlinkWriter writer = batch.Begin(RtnetlinkAbi.RTM_NEWROUTE, 0);
        writer.Append(new RouteHeader(2));
        writer.Attribute(99, [1]);
        batch.End(writer);
        Assert.Equal("RTA_99", AttributeNames.At(batch[0], 28));
    }

    private static void AssertFirst(string name, KernelEntry entry, uint offset)
    {
        KernelChange change = KernelChange.Replace(entry);
        var batch = new NetlinkBatch();
        NetlinkWriter writer = batch.Begin(change.Type, change.Flags);
        entry.Write(ref writer);
        batch.End(writer);
        Assert.Equal(name, AttributeNames.At(batch[0], offset));
    }
}
