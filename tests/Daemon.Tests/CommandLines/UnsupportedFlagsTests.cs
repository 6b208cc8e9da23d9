namespace FastFlannel.Daemon.Tests;

public class UnsupportedFlagsTests
{
    private static CommandLineResult Parse(string[] arguments, params (string Name, string Value)[] environment) =>
        CommandLine.Parse(arguments, name => environment.FirstOrDefault(variable => variable.Name == name).Value, "0.1.0");

    [Theory]
    [InlineData("vmodule")]
    [InlineData("log_backtrace_at")]
    [InlineData("kube-subnet-mgr")]
    [InlineData("kube-api-url")]
    [InlineData("kubeconfig-file")]
    [InlineData("kube-annotation-prefix")]
    [InlineData("net-config-path")]
    [InlineData("set-node-network-unavailable")]
    public void A_flag_without_function_is_refused_unless_it_has_its_default(string name)
    {
        Flag flag = Assert.IsType<Flag>(DaemonFlags.Find(name));
        string other = flag.Kind switch
        {
            FlagKind.Switch => flag.Default == "true" ? "false" : "true",
            FlagKind.Number => "77",
            _ => "hidden",
        };

        var exit = Assert.IsType<CommandLineResult.Exit>(Parse([$"--{name}={other}"]));
        Assert.Equal(2, exit.Code);
        Assert.StartsWith($"fastflannel: --{name} is not in this release: ", exit.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", exit.Error, StringComparison.Ordinal);

        if (flag.Kind != FlagKind.List)
            Assert.IsType<CommandLineResult.Start>(Parse([$"--{name}={flag.Default}"]));
    }

    [Theory]
    [InlineData("etcd-endpoints", "http://a:1")]
    [InlineData("etcd-prefix", "/x")]
    [InlineData("etcd-cafile", "/x")]
    [InlineData("etcd-username", "x")]
    [InlineData("etcd-password", "x")]
    [InlineData("iface", "eth0")]
    [InlineData("iface-regex", "^eth")]
    [InlineData("iface-can-reach", "192.0.2.7")]
    [InlineData("public-ip", "1.2.3.4")]
    [InlineData("public-ipv6", "2001:db8::7")]
    [InlineData("subnet-file", "/x")]
    [InlineData("subnet-lease-renew-margin", "5")]
    [InlineData("v", "5")]
    [InlineData("healthz-ip", "127.0.0.1")]
    [InlineData("healthz-port", "80")]
    [InlineData("iptables-forward-rules", "false")]
    [InlineData("ip-masq", "true")]
    [InlineData("ip-masq-fully-random-disable", "true")]
    [InlineData("ip-blackhole-route", "true")]
    [InlineData("iptables-resync", "60")]
    public void A_flag_with_function_is_taken(string name, string value) =>
        Assert.IsType<CommandLineResult.Start>(Parse([$"--{name}={value}"]));

    [Fact]
    public void A_pair_of_flags_with_function_is_taken() =>
        Assert.IsType<CommandLineResult.Start>(Parse(["--etcd-certfile=/x", "--etcd-keyfile=/y"]));

    [Fact]
    public void All_refusals_come_at_once_and_name_their_source()
    {
        var exit = Assert.IsType<CommandLineResult.Exit>(
            Parse(["--kube-subnet-mgr", "--healthz-port=-1", "--iptables-resync=0"], ("FLANNELD_KUBE_API_URL", "x"), ("FLANNELD_V", "x")));

        Assert.Equal(
            [
                "fastflannel: FLANNELD_V is 'x', expected a whole number; --v stays 0",
                "fastflannel: --iptables-resync is 0, expected 1 to 86400 seconds",
                "fastflannel: --healthz-port is -1, expected a TCP port up to 65535, or 0 for none",
                "fastflannel: --kube-subnet-mgr is not in this release: keep the network in etcd and leave it off",
                "fastflannel: --kube-api-url (set by FLANNELD_KUBE_API_URL) is not in this release: "
                    + "keep the network in etcd, and leave it out",
                "",
            ],
            exit.Error.Split('\n'));
    }
}
