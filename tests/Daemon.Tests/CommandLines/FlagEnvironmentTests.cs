namespace FastFlannel.Daemon.Tests;

public class FlagEnvironmentTests
{
    private static CommandLineResult Parse(string[] arguments, params (string Name, string Value)[] environment) =>
        CommandLine.Parse(arguments, name => environment.FirstOrDefault(variable => variable.Name == name).Value, "0.1.0");

    private static CommandLineResult.Start Start(string[] arguments, params (string Name, string Value)[] environment) =>
        Assert.IsType<CommandLineResult.Start>(Parse(arguments, environment));

    [Fact]
    public void A_variable_stands_in_for_a_flag()
    {
        CommandLineResult.Start start = Start(
            [], ("FLANNELD_ETCD_ENDPOINTS", "http://a:2379"), ("FLANNELD_V", "3"), ("FLANNELD_IP_MASQ", "F"));

        Assert.Equal(["http://a:2379"], start.Options.EtcdEndpoints);
        Assert.Equal(3, start.Options.Verbosity);
        Assert.Empty(start.Warnings);
    }

    [Fact]
    public void The_command_line_wins_even_with_the_default() =>
        Assert.Equal(0, Start(["--v=0"], ("FLANNELD_V", "3")).Options.Verbosity);

    [Fact]
    public void An_empty_variable_is_none() =>
        Assert.Equal("/coreos.com/network", Start([], ("FLANNELD_ETCD_PREFIX", "")).Options.EtcdPrefix);

    [Fact]
    public void A_repeatable_flag_gets_one_value() =>
        Assert.Equal(["eth0,eth1"], Start([], ("FLANNELD_IFACE", "eth0,eth1")).Options.Iface);

    [Fact]
    public void A_bad_value_is_a_warning()
    {
        CommandLineResult.Start start = Start([], ("FLANNELD_HEALTHZ_PORT", "http"), ("FLANNELD_V", "2"));

        Assert.Equal(0, start.Options.HealthzPort);
        Assert.Equal(2, start.Options.Verbosity);
        Assert.Equal(["FLANNELD_HEALTHZ_PORT is 'http', expected a whole number; --healthz-port stays 0"], start.Warnings);
    }

    [Fact]
    public void The_version_variable_has_no_effect() => Assert.Empty(Start([], ("FLANNELD_VERSION", "true")).Warnings);

    [Fact]
    public void A_variable_out_of_range_is_refused_as_the_flag_is() =>
        Assert.Equal(
            new CommandLineResult.Exit(2, "", "fastflannel: --subnet-lease-renew-margin is 0, expected 1 to 1439 minutes\n"),
            Parse([], ("FLANNELD_SUBNET_LEASE_RENEW_MARGIN", "0")));

    [Theory]
    [InlineData("etcd-endpoints", "FLANNELD_ETCD_ENDPOINTS")]
    [InlineData("log_backtrace_at", "FLANNELD_LOG_BACKTRACE_AT")]
    [InlineData("v", "FLANNELD_V")]
    public void Variables_are_named_after_their_flag(string flag, string variable) =>
        Assert.Equal(variable, DaemonFlags.Find(flag)?.EnvironmentName);
}
