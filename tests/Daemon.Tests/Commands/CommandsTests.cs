namespace FastFlannel.Daemon.Tests;

public class CommandsTests
{
    private const string NobodyThere = "http://127.0.0.1:1";

    [Theory]
    [InlineData("config get --help")]
    [InlineData("config set --help")]
    [InlineData("config check --help")]
    [InlineData("leases --help")]
    [InlineData("reserve --help")]
    [InlineData("release --help")]
    public async Task Help_teaches_with_examples_and_names_every_flag_for_etcd(string line)
    {
        CommandRun run = await CommandRun.RunAsync(line.Split(' '));

        Assert.Equal(0, run.Code);
        string command = line[..line.LastIndexOf(' ')];
        Assert.Contains($"Examples:{Environment.NewLine}  fastflannel {command}", run.Output, StringComparison.Ordinal);
        Assert.All(DaemonFlags.Etcd, flag => Assert.Contains($"--{flag.Name} <text>", run.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("config", "Required command was not provided.")]
    [InlineData("config set", "Required argument 'FILE|-|JSON' missing for command: 'set'.")]
    [InlineData("config get --nonsense", "Unrecognized command or argument '--nonsense'.")]
    [InlineData("leases 10.5.1.0/24", "Unrecognized command or argument '10.5.1.0/24'.")]
    [InlineData("reserve", "Required argument 'SUBNET' missing for command: 'reserve'.")]
    [InlineData("reserve 10.5.1.0", "'10.5.1.0' is not a subnet, expected one like 10.5.3.0/24, or both halves")]
    [InlineData("reserve 10.5.1.0/24 10.5.2.0/24", "'10.5.1.0/24 10.5.2.0/24' is not a subnet, expected one like")]
    [InlineData("reserve 10.5.1.0/24 --public-ip node1", "--public-ip is 'node1', expected an IPv4 address like 192.168.0.9")]
    [InlineData("reserve 10.5.1.0/24 --public-ip 0.0.0.0", "--public-ip is '0.0.0.0', expected an IPv4 address like")]
    [InlineData("release fd00::/64", "'fd00::/64' is not a subnet, expected one like 10.5.3.0/24")]
    public async Task A_wrong_command_line_is_exit_code_two_with_the_reason(string line, string error)
    {
        CommandRun run = await CommandRun.RunAsync(line.Split(' '));

        Assert.Equal(2, run.Code);
        Assert.StartsWith(error, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config get")]
    [InlineData("config check")]
    [InlineData("config set {\"Network\":\"10.5.0.0/16\"}")]
    [InlineData("leases")]
    [InlineData("reserve 10.5.1.0/24")]
    [InlineData("release 10.5.1.0/24")]
    public async Task The_environment_says_where_etcd_is_and_what_cannot_be_done_is_exit_code_one_with_the_reason(string line)
    {
        CommandRun run = await CommandRun.RunAsync(line.Split(' '), ("FLANNELD_ETCD_ENDPOINTS", NobodyThere));

        Assert.Equal(1, run.Code);
        Assert.Empty(run.Output);
        Assert.Equal(
            $"fastflannel: no endpoint of --etcd-endpoints can be used: etcd at {NobodyThere}: Connection refused{Environment.NewLine}", run.Error);
    }

    [Theory]
    [InlineData("leases", "--etcd-endpoints", NobodyThere)]
    [InlineData("leases", "-etcd-endpoints", NobodyThere)]
    [InlineData("leases", "-etcd-endpoints=" + NobodyThere)]
    [InlineData("leases", "--etcd-endpoints=" + NobodyThere)]
    public async Task The_command_line_wins_with_one_dash_or_two(params string[] arguments)
    {
        CommandRun run = await CommandRun.RunAsync(arguments, ("FLANNELD_ETCD_ENDPOINTS", "ftp://x"));

        Assert.Equal(1, run.Code);
        Assert.Contains(NobodyThere, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_daemon_would_refuse_or_warn_of_commands_do_too()
    {
        CommandRun run = await CommandRun.RunAsync(["leases", "--etcd-certfile", "/x"]);
        Assert.Equal(1, run.Code);
        Assert.StartsWith("fastflannel: --etcd-certfile is /x, but --etcd-keyfile is empty", run.Error, StringComparison.Ordinal);

        run = await CommandRun.RunAsync(["leases", "--etcd-endpoints", NobodyThere, "--etcd-password=@pa55word"]);
        Assert.StartsWith("warning: --etcd-password has no effect without --etcd-username", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("pa55word", run.Error, StringComparison.Ordinal);
    }
}
