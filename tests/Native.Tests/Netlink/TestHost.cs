using System.Diagnostics;

namespace FastFlannel.Native.Tests;

/// <summary>A host for one test: a fresh namespace with the loopback up and a veth pair <c>a</c>, <c>b</c>, down.</summary>
internal sealed class TestHost
{
    private const ushort InfoData = 2; // IFLA_INFO_DATA
    private const ushort VethPeer = 1; // VETH_INFO_PEER

    private TestHost(RouteNetlink netlink) => Netlink = netlink;

    public RouteNetlink Netlink { get; }

    public LinkInfo A => Netlink.FindLink("a")!;

    public LinkInfo B => Netlink.FindLink("b")!;

    /// <summary>Runs a test on a host of its own, which vanishes at the end.</summary>
    public static void Run(Action<TestHost> test) => NetworkNamespace.RunInNew(() =>
    {
        using var netlink = RouteNetlink.Open();
        netlink.ChangeLink(netlink.FindLink("lo")!.Index, new LinkChange(Up: true));
        CreateVeth("a", "b");
        test(new TestHost(netlink));
    });

    /// <summary>Sets both ends of the pair up and gives <c>a</c> an address.</summary>
    public void SetUp(string address, int prefixLength)
    {
        Netlink.ChangeLink(A.Index, new LinkChange(Up: true));
        Netlink.ChangeLink(B.Index, new LinkChange(Up: true));
        Assert.True(Netlink.AddAddress(A.Index, Ipv4Address.Parse(address), prefixLength));
    }

    /// <summary>Runs ip(8), the witness.</summary>
    public static string Ip(string arguments) => Run("ip", arguments);

    /// <summary>Runs a program; one started on the test's thread is in its namespace.</summary>
    public static string Run(string program, string arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {arguments}: {error}");
        return output;
    }

    private static void CreateVeth(string name, string peer)
    {
        using var connection = new NetlinkConnection(NetlinkSocket.OpenRoute());
        NetlinkWriter request = connection.Begin(
            RtnetlinkAbi.RTM_NEWLINK, NetlinkAbi.NLM_F_CREATE | NetlinkAbi.NLM_F_EXCL);
        request.Append(new LinkHeader());
        request.Attribute(RtnetlinkAbi.IFLA_IFNAME, name);
        int info = request.BeginNested(RtnetlinkAbi.IFLA_LINKINFO);
        request.Attribute(RtnetlinkAbi.IFLA_INFO_KIND, "veth");
        int data = request.BeginNested(InfoData);
        int end = request.BeginNested(VethPeer);
        request.Append(new LinkHeader());
        request.Attribute(RtnetlinkAbi.IFLA_IFNAME, peer);
        request.EndNested(end);
        request.EndNested(data);
        request.EndNested(info);
        _ = connection.Execute($"make the veth pair {name}, {peer}", request);
    }
}
