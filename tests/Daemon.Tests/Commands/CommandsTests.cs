using System.CommandLine;
using System.Text;

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
    [InlineData("config")]
    [InlineData("config get")]
    [InlineData("config set")]
    [InlineData("config check")]
    [InlineData("leases")]
    [InlineData("reserve")]
    [InlineData("release")]
    [InlineData("cleanup")]
    [InlineData("docker-opts")]
    [InlineData("lab")]
    [InlineData("lab run")]
    [InlineData("lab bench")]
    [InlineData("lab handover")]
    [InlineData("lab storm")]
    public async Task Help_fits_120_columns(string command)
    {
        CommandRun run = await CommandRun.RunAsync([.. command.Split(' '), "--help"]);

        Assert.All(run.Output.Split(Environment.NewLine), line => Assert.InRange(line.Length, 0, 120));
    }

    [Fact]
    public async Task Output_that_cannot_be_written_is_an_error_of_one_line()
    {
        using var full = new FullDisk();
        using var error = new StringWriter();
        int code = await Daemon.Commands.RunAsync(
            ["config", "check", """{"Network":"10.5.0.0/16"}"""], _ => null, new InvocationConfiguration { Output = full, Error = error });

        Assert.Equal(1, code);
        Assert.Equal($"fastflannel: cannot print: No space left on device{Environment.NewLine}", error.ToString());
    }

    [Fact]
    public async Task Help_of_cleanup_teaches_with_examples()
    {
        CommandRun run = await CommandRun.RunAsync(["cleanup", "--help"]);

        Assert.Equal(0, run.Code);
        Assert.Contains($"Examples:{Environment.NewLine}  fastflannel cleanup", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense 1", "fastflannel: there is no command 'nonsense', expected config, leases, reserve, release, cleanup, docker-opts, lab, or flags; see fastflannel --help")]
    [InlineData("lease --json", "fastflannel: there is no command 'lease', did you mean 'leases'? See fastflannel --help")]
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

    /// <summary>Takes nothing, as /dev/full does.</summary>
    private sealed class FullDisk : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => throw new IOException("No space left on device");
    }
}
