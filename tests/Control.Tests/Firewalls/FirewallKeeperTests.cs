using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class FirewallKeeperTests
{
    private static readonly FirewallTools NoTools = new([]);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(false, "there is no iptables in ", "apt-get install iptables")]
    [InlineData(true, "there is no nft in ", "apt-get install nftables")]
    public void Masquerading_without_its_tool_is_no_start(bool nftables, string part, string advice) => FirewallBed.Run(bed =>
    {
        var e = Assert.Throws<FatalException>(() => New(FirewallBed.All, bed, nftables).Start());
        Assert.StartsWith("--ip-masq: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.Contains(advice, e.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Accepting_without_its_tool_is_a_trouble_that_is_said_once() => FirewallBed.Run(bed =>
    {
        FirewallKeeper keeper = New(FirewallBed.All with { Masquerade = false }, bed);
        keeper.Start();
        keeper.Pass();
        Assert.Equal("iptables rules", Assert.Single(keeper.Status.Troubles).Key);
        _ = Assert.Single(bed.Logger.Lines, line => line.Contains("Not in force, trying on: iptables rules", StringComparison.Ordinal));
    });

    [Fact]
    public async Task Who_asks_how_it_stands_does_not_wait_for_a_command()
    {
        using var tools = new SlowTools();
        var keeper = new FirewallKeeper(
            FirewallBed.All,
            NetworkConfigReader.Read("""{"Network":"10.5.0.0/16"}""").Value!,
            new Subnet(Ipv4Prefix.Parse("10.5.64.0/24")),
            new PreviousSubnet(),
            tools,
            TimeProvider.System,
            new RecordingLogger());
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var pass = Task.Run(keeper.Pass, cancel);
        try
        {
            tools.Begun.Wait(Limit, cancel);
            FirewallStatus status = await Task.Run(() => keeper.Status, cancel).WaitAsync(Limit, cancel);
            Assert.Equal("iptables", status.Mode);
        }
        finally
        {
            tools.End.Set();
            await pass;
        }

        Assert.NotEmpty(keeper.Status.Troubles);
    }

    [Fact]
    public void Without_rules_to_keep_no_tool_is_needed() => FirewallBed.Run(bed =>
    {
        FirewallKeeper keeper = New(FirewallBed.All with { Masquerade = false, Forward = false }, bed);
        keeper.Start();
        Assert.Empty(keeper.Status.Troubles);
        Assert.Empty(bed.Logger.Lines);
    });

    [Fact]
    public void The_blackhole_route_is_the_last_choice_and_comes_back() => FirewallBed.Run(bed =>
    {
        _ = bed.Shell("ip link add br0 type bridge; ip link set br0 up; ip link set lo up");
        FirewallKeeper keeper = bed.Keeper(FirewallBed.All with { Blackhole = true });
        keeper.Start();
        Assert.Contains("blackhole 10.5.64.0/24", bed.Shell("ip route"), StringComparison.Ordinal);
        Assert.Contains("blackhole fd05:0:0:2b::/64", bed.Shell("ip -6 route"), StringComparison.Ordinal);

        // A bridge that comes later has the same destination.
        _ = bed.Shell("ip address add 10.5.64.1/24 dev br0");
        Assert.Contains("dev br0", bed.Shell("ip route get 10.5.64.7"), StringComparison.Ordinal);

        _ = bed.Shell("ip route del blackhole 10.5.64.0/24");
        keeper.Pass();
        Assert.Contains("blackhole 10.5.64.0/24", bed.Shell("ip route"), StringComparison.Ordinal);
        keeper.Pass();
        Assert.Equal(2, bed.Shell("ip route").Split("10.5.64.0/24").Length - 1);
        Assert.Empty(keeper.Status.Troubles);
    });

    [Fact]
    public void A_bridge_that_iptables_does_not_see_is_said_once_and_only_where_there_is_one() => FirewallBed.Run(bed =>
    {
        FirewallKeeper keeper = bed.Keeper();
        keeper.Start();
        Assert.DoesNotContain(bed.Logger.Lines, line => line.Contains("br_netfilter", StringComparison.Ordinal));
        _ = bed.Shell("ip link add br0 type bridge; ip link set br0 up; ip address add 10.5.64.1/24 dev br0");
        keeper.Pass();
        keeper.Pass();

        // Whether the module is loaded is the machine's business.
        int expected = Directory.Exists("/proc/sys/net/bridge") ? 0 : 1;
        Assert.Equal(expected, bed.Logger.Lines.Count(line => line.Contains("br_netfilter", StringComparison.Ordinal)));
    });

    [Theory]
    [InlineData("10.5.64.1/24", "net.ipv4.conf.br0.forwarding", "net.ipv4.ip_forward")]
    [InlineData("fd05:0:0:2b::1/64", "net.ipv6.conf.br0.forwarding", "net.ipv6.conf.all.forwarding")]
    public void A_host_that_does_not_forward_is_told_so_once_it_has_containers(string address, string setting, string remedy) =>
        FirewallBed.Run(bed =>
        {
            // The overlay's device alone is none of containers.
            _ = bed.Shell("ip link add flannel0 type bridge; ip address add 10.5.64.0/32 dev flannel0");
            FirewallKeeper keeper = bed.Keeper();
            keeper.Start();
            Assert.DoesNotContain(bed.Logger.Lines, line => line.Contains("forwarding is 0", StringComparison.Ordinal));

            _ = bed.Shell($"ip link add br0 type bridge; ip link set br0 up; ip address add {address} dev br0 nodad");
            keeper.Pass();
            keeper.Pass();
            string line = Assert.Single(bed.Logger.Lines, line => line.Contains("forwarding is 0", StringComparison.Ordinal));
            Assert.Contains($"br0 reach no other host: {setting} is 0 (sysctl -w {remedy}=1", line, StringComparison.Ordinal);

            // Switched on as it says, another bridge is no news.
            _ = bed.Shell($"echo 1 > /proc/sys/{remedy.Replace('.', '/')}; ip link add br1 type bridge; ip address add {address} dev br1 nodad");
            keeper.Pass();
            Assert.DoesNotContain(bed.Logger.Lines, line => line.Contains("br1 reach", StringComparison.Ordinal));
        });

    private static FirewallKeeper New(FirewallOptions options, FirewallBed bed, bool nftables = false) => new(
        options,
        NetworkConfigReader.Read($$"""{"Network":"10.5.0.0/16","EnableNFTables":{{(nftables ? "true" : "false")}}}""").Value!,
        new Subnet(Ipv4Prefix.Parse("10.5.64.0/24"), null),
        new PreviousSubnet(),
        NoTools,
        TimeProvider.System,
        bed.Logger);

    /// <summary>Commands that take their time, and fail.</summary>
    private sealed class SlowTools : IFirewallTools, IDisposable
    {
        public ManualResetEventSlim Begun { get; } = new();

        public ManualResetEventSlim End { get; } = new();

        public bool Has(string tool) => true;

        public ToolAnswer Run(string tool, IReadOnlyList<string> arguments, string input = "")
        {
            Begun.Set();
            End.Wait();
            return new ToolAnswer(1, "", "busy");
        }

        public void Dispose()
        {
            Begun.Dispose();
            End.Dispose();
        }
    }
}
