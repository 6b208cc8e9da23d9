using System.Net;

namespace FastFlannel.Native.Tests;

/// <summary>
/// Requests are, byte for byte, what ip(8) and bridge(8) of iproute2 6.1 sent for the command beside each test (links 3, 4 and 5
/// were p0, flannel.1 and flannel-v6.1). What it leaves out in link messages is ours: the mark of nested
/// attributes (0x8000 in their type) and the zero that ends the kind.
/// </summary>
public class GoldenBytesTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("aa:6b:f8:11:9e:20");

    [Fact] // ip link add flannel.1 mtu 1450 address 26:48:39:7b:59:17 type vxlan id 1 local 192.168.77.2 dev p0 dstport 8472 nolearning
    public void A_new_vxlan_device()
    {
        var batch = new NetlinkBatch();
        NetlinkWriter writer = batch.Begin(RtnetlinkAbi.RTM_NEWLINK, NetlinkAbi.NLM_F_CREATE | NetlinkAbi.NLM_F_EXCL);
        LinkMessages.WriteNewVxlan(
            ref writer,
            "flannel.1",
            new VxlanAttributes(1, 3, IPAddress.Parse("192.168.77.2"), Port: 8472),
            new LinkChange(Mtu: 1450, Mac: MacAddress.Parse("26:48:39:7b:59:17")));
        batch.End(writer);
        AssertBytes(
            """
            80 00 00 00  10 00 05 06  00 00 00 00  00 00 00 00
            00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
            08 00 04 00  AA 05 00 00
            0A 00 01 00  26 48 39 7B  59 17 00 00
            0E 00 03 00  66 6C 61 6E  6E 65 6C 2E  31 00 00 00
            3C 00 12 80
              0A 00 01 00  76 78 6C 61  6E 00 00 00
              2C 00 02 80
                08 00 03 00  03 00 00 00
                08 00 01 00  01 00 00 00
                08 00 04 00  C0 A8 4D 02
                05 00 07 00  00 00 00 00
                06 00 0F 00  21 18 00 00
            """,
            batch);
    }

    [Fact] // ip link set flannel.1 type vxlan learning
    public void Learning_switched_on()
    {
        var batch = new NetlinkBatch();
        NetlinkWriter writer = batch.Begin(RtnetlinkAbi.RTM_NEWLINK, 0);
        LinkMessages.WriteVxlanChange(ref writer, 4, new LinkChange(VxlanLearning: true));
        batch.End(writer);
        AssertBytes(
            """
            3C 00 00 00  10 00 05 00  00 00 00 00  00 00 00 00
            00 00 00 00  04 00 00 00  00 00 00 00  00 00 00 00
            1C 00 12 80
              0A 00 01 00  76 78 6C 61  6E 00 00 00
              0C 00 02 80
                05 00 07 00  01 00 00 00
            """,
            batch);
    }

    [Fact] // ip addr replace 10.5.88.0/32 dev flannel.1 label flannel.1
    public void An_address_with_a_label() => AssertBytes(
        """
        38 00 00 00  14 00 05 05  00 00 00 00  00 00 00 00
        02 20 00 00  04 00 00 00
        08 00 02 00  0A 05 58 00
        0E 00 03 00  66 6C 61 6E  6E 65 6C 2E  31 00 00 00
        08 00 01 00  0A 05 58 00
        """,
        KernelChange.Replace(new AddressInfo(4, IPAddress.Parse("10.5.88.0"), 32, Label: "flannel.1")));

    [Fact] // ip addr add fd05::2b/128 dev flannel-v6.1 nodad
    public void An_IPv6_address() => AssertBytes(
        """
        40 00 00 00  14 00 05 06  00 00 00 00  00 00 00 00
        0A 80 02 00  05 00 00 00
        14 00 02 00  FD 05 00 00  00 00 00 00  00 00 00 00  00 00 00 2B
        14 00 01 00  FD 05 00 00  00 00 00 00  00 00 00 00  00 00 00 2B
        """,
        KernelChange.Add(new AddressInfo(
            5, IPAddress.Parse("fd05::2b"), 128, Flags: AddressFlags.NoDuplicateDetection | AddressFlags.Permanent)));

    [Fact] // ip addr add 10.5.89.0/32 dev flannel.1 preferred_lft 0
    public void An_address_not_to_be_used() => AssertBytes(
        """
        3C 00 00 00  14 00 05 06  00 00 00 00  00 00 00 00
        02 20 00 00  04 00 00 00
        08 00 02 00  0A 05 59 00
        08 00 01 00  0A 05 59 00
        14 00 06 00  00 00 00 00  FF FF FF FF  00 00 00 00  00 00 00 00
        """,
        KernelChange.Add(new AddressInfo(4, IPAddress.Parse("10.5.89.0"), 32, Flags: AddressFlags.Deprecated)));

    [Fact] // ip neigh replace 10.5.44.0 lladdr aa:6b:f8:11:9e:20 dev flannel.1 nud permanent
    public void A_neighbour() => AssertBytes(
        """
        30 00 00 00  1C 00 05 05  00 00 00 00  00 00 00 00
        02 00 00 00  04 00 00 00  80 00 00 00
        08 00 01 00  0A 05 2C 00
        0A 00 02 00  AA 6B F8 11  9E 20 00 00
        """,
        KernelChange.Replace(new Neighbour(4, IPAddress.Parse("10.5.44.0"), Mac)));

    [Fact] // ip neigh del fd05:0:0:63:: dev flannel-v6.1
    public void An_IPv6_neighbour_to_forget() => AssertBytes(
        """
        30 00 00 00  1D 00 05 00  00 00 00 00  00 00 00 00
        0A 00 00 00  05 00 00 00  80 00 00 00
        14 00 01 00  FD 05 00 00  00 00 00 63  00 00 00 00  00 00 00 00
        """,
        KernelChange.Delete(new Neighbour(5, IPAddress.Parse("fd05:0:0:63::"))));

    [Fact] // bridge fdb replace aa:6b:f8:11:9e:20 dev flannel.1 dst 192.168.77.3 self permanent
    public void An_fdb_entry() => AssertBytes(
        """
        30 00 00 00  1C 00 05 05  00 00 00 00  00 00 00 00
        07 00 00 00  04 00 00 00  C0 00 02 00
        0A 00 02 00  AA 6B F8 11  9E 20 00 00
        08 00 01 00  C0 A8 4D 03
        """,
        KernelChange.Replace(new FdbEntry(
            4, Mac, IPAddress.Parse("192.168.77.3"), NeighbourStates.Permanent | NeighbourStates.NoArp)));

    [Fact] // bridge fdb replace aa:6b:f8:11:9e:20 dev flannel-v6.1 dst fd77::3 self permanent
    public void An_fdb_entry_with_an_IPv6_destination() => AssertBytes(
        """
        3C 00 00 00  1C 00 05 05  00 00 00 00  00 00 00 00
        07 00 00 00  05 00 00 00  C0 00 02 00
        0A 00 02 00  AA 6B F8 11  9E 20 00 00
        14 00 01 00  FD 77 00 00  00 00 00 00  00 00 00 00  00 00 00 03
        """,
        KernelChange.Replace(new FdbEntry(
            5, Mac, IPAddress.Parse("fd77::3"), NeighbourStates.Permanent | NeighbourStates.NoArp)));

    [Fact] // ip route replace 10.5.44.0/24 via 10.5.44.0 dev flannel.1 onlink
    public void A_vxlan_route() => AssertBytes(
        """
        34 00 00 00  18 00 05 05  00 00 00 00  00 00 00 00
        02 18 00 00  FE 03 00 01  04 00 00 00
        08 00 01 00  0A 05 2C 00
        08 00 05 00  0A 05 2C 00
        08 00 04 00  04 00 00 00
        """,
        KernelChange.Replace(new IpRoute(
            IPNetwork.Parse("10.5.44.0/24"), 4, IPAddress.Parse("10.5.44.0"), IsOnLink: true)));

    [Fact] // ip -6 route replace fd05:0:0:63::/64 via fd05:0:0:63:: dev flannel-v6.1 onlink
    public void An_IPv6_vxlan_route() => AssertBytes(
        """
        4C 00 00 00  18 00 05 05  00 00 00 00  00 00 00 00
        0A 40 00 00  FE 03 00 01  04 00 00 00
        14 00 01 00  FD 05 00 00  00 00 00 63  00 00 00 00  00 00 00 00
        14 00 05 00  FD 05 00 00  00 00 00 63  00 00 00 00  00 00 00 00
        08 00 04 00  05 00 00 00
        """,
        KernelChange.Replace(new IpRoute(
            IPNetwork.Parse("fd05:0:0:63::/64"), 5, IPAddress.Parse("fd05:0:0:63::"), IsOnLink: true)));

    [Fact] // ip route add blackhole 10.5.0.0/16 metric 7 table 1000
    public void A_blackhole_in_a_table_of_its_own() => AssertBytes(
        """
        34 00 00 00  18 00 05 06  00 00 00 00  00 00 00 00
        02 10 00 00  00 03 00 06  00 00 00 00
        08 00 01 00  0A 05 00 00
        08 00 06 00  07 00 00 00
        08 00 0F 00  E8 03 00 00
        """,
        KernelChange.Add(new IpRoute(IPNetwork.Parse("10.5.0.0/16"), Type: RouteType.Blackhole, Metric: 7, Table: 1000)));

    [Fact] // ip route add 10.6.0.0/16 via inet6 fd77::9 dev p0
    public void An_IPv4_route_through_an_IPv6_gateway() => AssertBytes(
        """
        44 00 00 00  18 00 05 06  00 00 00 00  00 00 00 00
        02 10 00 00  FE 03 00 01  00 00 00 00
        08 00 01 00  0A 06 00 00
        16 00 12 00  0A 00 FD 77  00 00 00 00  00 00 00 00  00 00 00 00  00 09 00 00
        08 00 04 00  03 00 00 00
        """,
        KernelChange.Add(new IpRoute(IPNetwork.Parse("10.6.0.0/16"), 3, IPAddress.Parse("fd77::9"))));

    private static void AssertBytes(string expected, KernelChange change)
    {
        var batch = new NetlinkBatch();
        NetlinkWriter writer = batch.Begin(change.Type, change.Flags);
        change.Entry.Write(ref writer);
        batch.End(writer);
        AssertBytes(expected, batch);
    }

    private static void AssertBytes(string expected, NetlinkBatch batch) => Assert.Equal(
        string.Concat(expected.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)), Convert.ToHexString(batch[0]));
}
