using System.Net;
using System.Net.Sockets;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Firewall rules of real daemons, as packets feel them.</summary>
public class FirewallTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("udp", false)]
    [InlineData("vxlan", false)]
    [InlineData("udp", true)]
    public async Task Who_leaves_the_overlay_is_masqueraded_and_who_stays_in_it_is_not(string backend, bool nftables)
    {
        await using LabCluster cluster = await StartAsync(backend, nftables, forbid: !nftables, "--ip-masq");
        (LabHost host, LabHost other) = (cluster.Hosts[0], cluster.Hosts[1]);
        (Endpoint first, Endpoint second) = (cluster.Containers[0], cluster.Containers[1]);
        var outside = new Endpoint("outside", cluster.Underlay.Switch, "192.168.77.1");

        Assert.Equal(host.Address, SeenAs(first, outside));
        Assert.Equal(first.Address, SeenAs(first, second));

        // Of flannel's rules, those of nftables mode end before the one about this.
        var itself = new Endpoint(host.Name, host.Namespace, host.Address);
        Assert.Equal(nftables ? host.Address : host.Daemon.Env.OverlayAddress, SeenAs(itself, second));
        Assert.Contains("FLANNEL_IPMASQ=true", await File.ReadAllTextAsync(host.Daemon.SubnetFile, Cancel), StringComparison.Ordinal);

        // What a daemon leaves when it ends goes with cleanup alone.
        _ = await other.Daemon.StopAsync("TERM", Cancel);
        string kept = await RulesAsync(other);
        Assert.Contains(nftables ? "flannel-ipv4" : "FLANNEL-POSTRTG", kept, StringComparison.Ordinal);
        CommandResult cleanup = await other.Namespace.ExecAsync(
            [DaemonBinary.Path, "cleanup", "--subnet-file", other.Daemon.SubnetFile], Cancel);
        Assert.True(cleanup.Ok, cleanup.Error);
        foreach (string thing in nftables
            ? (string[])["removed nftables table ip flannel-ipv4"]
            : ["removed iptables rules of FLANNEL-POSTRTG", "removed iptables rules of FLANNEL-FWD"])
        {
            Assert.Contains(thing, cleanup.Output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("flannel", await RulesAsync(other), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Forwarded_traffic_passes_a_policy_that_drops_and_comes_back_when_somebody_removes_the_rules()
    {
        await using LabCluster cluster = await StartAsync("udp", nftables: false, forbid: true, "--iptables-resync=1");
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        _ = (await cluster.Hosts[0].Namespace.ExecAsync(["iptables", "-F", "FORWARD"], Cancel)).OrThrow();
        await cluster.Hosts[0].Daemon.WaitForLogAsync("Put back iptables rules", Limit, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, Limit, Cancel);
        HealthAnswer metrics = await cluster.Hosts[0].Daemon.AskAsync("/metrics", Cancel);
        Assert.Contains("fastflannel_firewall_repairs_total 1\n", metrics.Body, StringComparison.Ordinal);
        HealthAnswer status = await cluster.Hosts[0].Daemon.AskAsync("/status", Cancel);
        Assert.Contains("\"mode\": \"iptables\"", status.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_forward_rules_a_policy_that_drops_stays_in_force()
    {
        await using LabCluster cluster = await StartAsync("udp", nftables: false, forbid: true, "--iptables-forward-rules=false");
        Assert.NotEmpty(await Ping.UnreachableAsync(cluster.Containers, Cancel));
        _ = await Ping.WaitForMeshAsync(cluster.HostEnds, Limit, Cancel);
        Assert.DoesNotContain("FLANNEL", await RulesAsync(cluster.Hosts[0]), StringComparison.Ordinal);
    }

    private static async Task<LabCluster> StartAsync(string backend, bool nftables, bool forbid, params string[] arguments)
    {
        LabCluster cluster = await LabCluster.CreateAsync(
            Clusters.Default with
            {
                Hosts = 2,
                DaemonArguments = arguments,
                Config = $$$"""{"Network":"10.5.0.0/16","EnableNFTables":{{{(nftables ? "true" : "false")}}},"Backend":{"Type":"{{{backend}}}"}}""",
            },
            Cancel);
        try
        {
            foreach (LabHost host in cluster.Hosts.Where(_ => forbid))
                _ = (await host.Namespace.ExecAsync(["iptables", "-P", "FORWARD", "DROP"], Cancel)).OrThrow();

            await cluster.StartEtcdAsync(Cancel);
            await cluster.StartDaemonsAsync(Cancel);
            await cluster.AddContainersAsync(Cancel);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The address that a datagram comes from, as who gets it sees it.</summary>
    private static string SeenAs(Endpoint from, Endpoint to)
    {
        using Socket receiver = NamespaceSocket.BindUdp(to.Namespace, to.Address, 0);
        using Socket sender = NamespaceSocket.BindUdp(from.Namespace, from.Address, 0);
        receiver.ReceiveTimeout = 500; // milliseconds; the first datagrams may be lost while peers find each other
        EndPoint source = new IPEndPoint(IPAddress.Any, 0);
        for (int i = 0; ; i++)
        {
            _ = sender.SendTo(new byte[8], receiver.LocalEndPoint!);
            try
            {
                _ = receiver.ReceiveFrom(new byte[64], ref source);
                return ((IPEndPoint)source).Address.ToString();
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock && i < 40)
            {
            }
        }
    }

    private static async Task<string> RulesAsync(LabHost host) =>
        (await host.Namespace.ExecAsync(["sh", "-c", "iptables-save; ip6tables-save; nft list ruleset"], Cancel)).OrThrow().Output;
}
