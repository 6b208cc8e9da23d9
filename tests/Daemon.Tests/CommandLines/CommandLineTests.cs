using CsCheck;

namespace FastFlannel.Daemon.Tests;

public class CommandLineTests
{
    private const string Leftover = "there are arguments that belong to no flag: ";
    private const string FlagsOnly = ", expected flags only (a boolean takes its value as --name=false)";

    private static CommandLineResult Parse(string[] arguments, params (string Name, string Value)[] environment) =>
        CommandLine.Parse(arguments, name => environment.FirstOrDefault(variable => variable.Name == name).Value, "0.1.0");

    private static DaemonOptions Options(params string[] arguments) =>
        Assert.IsType<CommandLineResult.Start>(Parse(arguments)).Options;

    private static CommandLineResult.Exit Exit(params string[] arguments) =>
        Assert.IsType<CommandLineResult.Exit>(Parse(arguments));

    [Fact]
    public void Defaults_are_flannels()
    {
        DaemonOptions options = Options();

        Assert.Equal(["http://127.0.0.1:4001", "http://127.0.0.1:2379"], options.EtcdEndpoints);
        Assert.Equal("/coreos.com/network", options.EtcdPrefix);
        Assert.Equal("", options.EtcdKeyFile + options.EtcdCertFile + options.EtcdCaFile);
        Assert.Equal("", options.EtcdUsername + options.EtcdPassword);
        Assert.Empty(options.Iface);
        Assert.Empty(options.IfaceRegex);
        Assert.Equal("", options.IfaceCanReach);
        Assert.Equal("/run/flannel/subnet.env", options.SubnetFile);
        Assert.Equal("", options.PublicIP + options.PublicIPv6);
        Assert.Equal(60, options.SubnetLeaseRenewMargin);
        Assert.False(options.IpMasq);
        Assert.False(options.IpMasqFullyRandomDisable);
        Assert.False(options.KubeSubnetMgr);
        Assert.Equal("", options.KubeApiUrl + options.KubeConfigFile);
        Assert.Equal("flannel.alpha.coreos.com", options.KubeAnnotationPrefix);
        Assert.Equal("/etc/kube-flannel/net-conf.json", options.NetConfigPath);
        Assert.True(options.SetNodeNetworkUnavailable);
        Assert.Equal("0.0.0.0", options.HealthzIP);
        Assert.Equal(0, options.HealthzPort);
        Assert.Equal(5, options.IptablesResync);
        Assert.True(options.IptablesForwardRules);
        Assert.False(options.IpBlackholeRoute);
        Assert.Equal(0, options.Verbosity);
        Assert.Equal("", options.VModule + options.LogBacktraceAt);
        Assert.Equal(DaemonOptions.Default.Describe(), options.Describe());
    }

    [Fact] // as the golden udp run, less what is not in this release
    public void Flags_take_one_dash_or_two_and_their_value_either_way()
    {
        DaemonOptions options = Options(
            "--etcd-endpoints", "http://192.168.77.1:2379", "-etcd-prefix=/a=b", "-iface", "eth0", "--iface=10.0.0.1",
            "--public-ip=1.2.3.4", "-subnet-file", "/tmp/s.env", "--subnet-lease-renew-margin=0x10", "-v", "2",
            "--healthz-ip=127.0.0.1", "--healthz-port", "8080", "--ip-masq=false", "--iptables-forward-rules=F",
            "-iptables-resync=05");

        Assert.Equal(["http://192.168.77.1:2379"], options.EtcdEndpoints);
        Assert.Equal("/a=b", options.EtcdPrefix);
        Assert.Equal(["eth0", "10.0.0.1"], options.Iface);
        Assert.Equal("1.2.3.4", options.PublicIP);
        Assert.Equal("/tmp/s.env", options.SubnetFile);
        Assert.Equal(16, options.SubnetLeaseRenewMargin);
        Assert.Equal(2, options.Verbosity);
        Assert.Equal("127.0.0.1", options.HealthzIP);
        Assert.Equal(8080, options.HealthzPort);
        Assert.False(options.IpMasq);
        Assert.False(options.IptablesForwardRules);
        Assert.Equal(5, options.IptablesResync);
    }

    [Fact]
    public void The_endpoints_are_split_and_not_trimmed() =>
        Assert.Equal(["http://a:1", " http://b:2", ""], Options("--etcd-endpoints=http://a:1, http://b:2,").EtcdEndpoints);

    [Fact]
    public void The_later_of_two_values_wins() => Assert.Equal("/b", Options("--etcd-prefix=/a", "--etcd-prefix=/b").EtcdPrefix);

    [Fact]
    public void A_value_may_be_empty_and_may_look_like_a_flag()
    {
        Assert.Equal("", Options("--etcd-prefix=").EtcdPrefix);
        Assert.Equal(["--v"], Options("--iface", "--v").Iface);
    }

    [Fact]
    public void Two_dashes_alone_end_the_flags() => Assert.Equal(1, Options("--v=1", "--").Verbosity);

    [Theory]
    [InlineData("there is no flag --nonsense, expected one that fastflannel --help shows", "--nonsense")]
    [InlineData("there is no flag --IFACE, expected one that fastflannel --help shows", "-IFACE=eth0")]
    [InlineData("there is no flag --ifaces; did you mean --iface?", "-ifaces=eth0")]
    [InlineData("there is no flag --etcd-endpoint; did you mean --etcd-endpoints?", "--etcd-endpoint", "http://a:2379")]
    [InlineData("'---iface' is not a flag, expected --name, --name=value or --name value", "---iface")]
    [InlineData("'-=x' is not a flag, expected --name, --name=value or --name value", "-=x")]
    [InlineData("--iface has no value, expected text", "--iface")]
    [InlineData("--healthz-port is 'http', expected a whole number", "--healthz-port", "http")]
    [InlineData("--healthz-port is '', expected a whole number", "--healthz-port=")]
    [InlineData("--v is '2147483648', expected a whole number", "-v=2147483648")]
    [InlineData("--ip-masq is 'yes', expected true or false", "--ip-masq=yes")]
    [InlineData(Leftover + "'false' '--v=1'" + FlagsOnly, "--ip-masq", "false", "--v=1")]
    [InlineData(Leftover + "'-'" + FlagsOnly, "-")]
    [InlineData(Leftover + "'--v'" + FlagsOnly, "--", "--v")]
    public void What_is_no_flag_is_an_error_of_one_line(string error, params string[] arguments)
    {
        CommandLineResult.Exit exit = Exit(arguments);

        Assert.Equal(new CommandLineResult.Exit(2, "", $"fastflannel: {error}\n"), exit);
    }

    [Theory]
    [InlineData("-h")]
    [InlineData("--help")]
    [InlineData("--v=1", "-help", "--nonsense")]
    public void Help_is_on_standard_output(params string[] arguments)
    {
        CommandLineResult.Exit exit = Exit(arguments);

        Assert.Equal(0, exit.Code);
        Assert.StartsWith("Usage: fastflannel", exit.Output, StringComparison.Ordinal);
        Assert.Empty(exit.Error);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("-version=1", "--subnet-lease-renew-margin=0", "--ip-masq")]
    public void The_version_is_on_standard_error(params string[] arguments) =>
        Assert.Equal(new CommandLineResult.Exit(0, "", "0.1.0\n"), Exit(arguments));

    [Theory]
    [InlineData("0")]
    [InlineData("1440")]
    [InlineData("-5")]
    public void A_margin_longer_than_a_lease_is_refused(string margin)
    {
        CommandLineResult.Exit exit = Exit("--subnet-lease-renew-margin", margin);

        Assert.Equal(2, exit.Code);
        Assert.Equal($"fastflannel: --subnet-lease-renew-margin is {margin}, expected 1 to 1439 minutes\n", exit.Error);
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("1439", 1439)]
    public void A_margin_within_a_lease_is_taken(string margin, int minutes) =>
        Assert.Equal(minutes, Options("--subnet-lease-renew-margin", margin).SubnetLeaseRenewMargin);

    [Theory]
    [InlineData("--healthz-port is 65536, expected a TCP port up to 65535, or 0 for none", "--healthz-port=65536")]
    [InlineData("--subnet-file is empty, expected a path like /run/flannel/subnet.env", "--subnet-file=")]
    [InlineData(
        "--etcd-endpoints is empty, expected a list like http://10.0.0.1:2379,http://10.0.0.2:2379", "--etcd-endpoints=")]
    [InlineData("--etcd-endpoints: 'ftp://a:1' is not an endpoint; expected http://host:port or https://host:port", "--etcd-endpoints=ftp://a:1")]
    [InlineData("--etcd-certfile is /x, but --etcd-keyfile is empty; expected the file of its private key, or neither", "--etcd-certfile=/x")]
    [InlineData("--public-ip is '1.2.3', expected an IPv4 address like 192.0.2.7", "--public-ip=1.2.3")]
    [InlineData("--public-ipv6 is '1.2.3.4', expected an IPv6 address like 2001:db8::7", "--public-ipv6=1.2.3.4")]
    [InlineData("--iface-can-reach is 'node1', expected an IP address like 192.0.2.7", "--iface-can-reach=node1")]
    [InlineData("--healthz-ip is 'lo', expected an IP address like 0.0.0.0 or 127.0.0.1", "--healthz-ip=lo", "--healthz-port=80")]
    public void Values_that_cannot_work_are_refused(string error, params string[] arguments) =>
        Assert.Equal(new CommandLineResult.Exit(2, "", $"fastflannel: {error}\n"), Exit(arguments));

    [Fact]
    public void A_pattern_that_is_none_is_refused_before_anything_is_done()
    {
        CommandLineResult.Exit exit = Exit("--iface-regex=(");

        Assert.Equal(2, exit.Code);
        Assert.StartsWith("fastflannel: could not compile the IP address regex --iface-regex=(: ", exit.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_arguments_never_throw()
    {
        Gen<string> name = Gen.OneOf([.. DaemonFlags.All.Select(flag => flag.Name), "nonsense", "h", "", "-"]);
        Gen<string> value = Gen.OneOf(Gen.String, Gen.Int.Select(number => $"{number}"), Gen.OneOf("true", "0x", "-0b1", "08"));
        Gen<string> argument = Gen.OneOf(
            Gen.String, name.Select(text => $"--{text}"), Gen.Select(name, value, (text, given) => $"-{text}={given}"));

        argument.Array[0, 6].Sample(arguments => Parse(arguments) is not null);
    }
}
