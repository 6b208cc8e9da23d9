namespace FastFlannel.Daemon.Tests;

public class DaemonOptionsTests
{
    [Fact]
    public void The_description_is_one_line_with_every_flag_but_version()
    {
        string description = DaemonOptions.Default.Describe();

        Assert.DoesNotContain('\n', description);
        Assert.StartsWith(
            "etcd-endpoints=http://127.0.0.1:4001,http://127.0.0.1:2379 etcd-prefix=/coreos.com/network etcd-keyfile=\"\" ",
            description,
            StringComparison.Ordinal);
        Assert.All(DaemonFlags.All.Where(flag => flag != DaemonFlags.Version), flag =>
        {
            string value = flag.Default.Length > 0 ? flag.Default : "\"\"";
            Assert.Contains($" {flag.Name}={value} ", $" {description} ", StringComparison.Ordinal);
        });
    }

    [Fact]
    public void What_is_as_by_default_can_be_left_out()
    {
        Assert.Equal("", DaemonOptions.Default.DescribeChanges());
        Assert.Equal(
            "etcd-password=*** iface=eth0,eth1 ip-masq=true",
            (DaemonOptions.Default with { EtcdPassword = "secret", Iface = ["eth0", "eth1"], IpMasq = true }).DescribeChanges());
    }

    [Fact]
    public void No_password_is_described()
    {
        DaemonOptions options = DaemonOptions.Default with
        {
            EtcdPassword = "secret",
            EtcdEndpoints = ["http://user:secret@a:2379", "http://b:2379", "user:secret@c"],
        };

        Assert.DoesNotContain("secret", options.Describe(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", options.ToString(), StringComparison.Ordinal);
        Assert.Contains(" etcd-password=*** ", options.Describe(), StringComparison.Ordinal);
        Assert.StartsWith("etcd-endpoints=http://***@a:2379,http://b:2379,***@c ", options.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_with_line_ends_stays_on_the_line() =>
        Assert.Contains(
            "iface=\"a b\"", (DaemonOptions.Default with { Iface = ["a\nb"] }).Describe(), StringComparison.Ordinal);
}
