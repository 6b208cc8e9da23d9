using System.CommandLine;

namespace FastFlannel.Daemon.Tests;

public class FlagOptionsTests
{
    private static DaemonOptions Read(string[] arguments, params (string Name, string Value)[] environment)
    {
        var flags = new FlagOptions(
            name => environment.FirstOrDefault(variable => variable.Name == name).Value, [.. DaemonFlags.Etcd, DaemonFlags.SubnetFile]);
        var command = new Command("test");
        flags.AddTo(command);
        ParseResult parsed = command.Parse(FlagOptions.Normalize(arguments));
        Assert.Empty(parsed.Errors);
        return flags.Read(parsed);
    }

    [Fact]
    public void Without_any_they_are_the_daemons_defaults() => Assert.Equal(DaemonOptions.Default.Describe(), Read([]).Describe());

    [Fact]
    public void Each_is_taken_from_the_command_line_and_else_from_the_environment()
    {
        DaemonOptions options = Read(
            [
                "--etcd-endpoints", "https://a:1,https://b:2", "-etcd-prefix=/a=b", "-etcd-cafile", "ca", "--etcd-username=u",
                "--etcd-password=",
            ],
            ("FLANNELD_ETCD_PREFIX", "/not/this"),
            ("FLANNELD_ETCD_CERTFILE", "cert"),
            ("FLANNELD_ETCD_KEYFILE", "key"),
            ("FLANNELD_ETCD_PASSWORD", "not this"),
            ("FLANNELD_SUBNET_FILE", "/tmp/s.env"),
            ("FLANNELD_IFACE", "eth0"));

        Assert.Equal(["https://a:1", "https://b:2"], options.EtcdEndpoints);
        Assert.Equal("/a=b", options.EtcdPrefix);
        Assert.Equal(("ca", "cert", "key"), (options.EtcdCaFile, options.EtcdCertFile, options.EtcdKeyFile));
        Assert.Equal(("u", ""), (options.EtcdUsername, options.EtcdPassword));
        Assert.Equal("/tmp/s.env", options.SubnetFile);
        Assert.Empty(options.Iface);
    }

    [Fact]
    public void One_dash_becomes_two_and_an_empty_value_an_argument_for_the_daemons_flags_only() => Assert.Equal(
        ["leases", "--etcd-prefix=/x", "--etcd-prefix", "--etcd-password", "", "-h", "-", "", "-1", "--json", "-nonsense="],
        FlagOptions.Normalize(
            ["leases", "-etcd-prefix=/x", "--etcd-prefix", "-etcd-password=", "-h", "-", "", "-1", "--json", "-nonsense="]));

    [Fact]
    public void A_flag_without_its_value_is_an_error()
    {
        var command = new Command("test");
        new FlagOptions(_ => null, DaemonFlags.Etcd).AddTo(command);

        Assert.Equal(
            ["Required argument missing for option: '--etcd-prefix'."],
            command.Parse(FlagOptions.Normalize(["-etcd-prefix"])).Errors.Select(error => error.Message));
    }
}
