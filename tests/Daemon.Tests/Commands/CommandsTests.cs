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
    [InlineData("config", "fastflannel config: a command is missing, expected get, set, check / See fastflannel config --help")]
    [InlineData("config chek x", "fastflannel config: there is no command 'chek', did you mean 'check'? / See fastflannel config --help")]
    [InlineData("lab nonsense", "fastflannel lab: there is no command 'nonsense', expected run, bench, handover, storm / See fastflannel lab --help")]
    [InlineData("config set", "fastflannel config set: Required argument 'FILE|-|JSON' missing for command: 'set' / See fastflannel config set --help")]
    [InlineData("config get --nonsense", "fastflannel config get: there is no option '--nonsense' / See fastflannel config get --help")]
    [InlineData("leases 10.5.1.0/24", "fastflannel leases: '10.5.1.0/24' is one word too many / See fastflannel leases --help")]
    [InlineData("leases --json --jsno", "fastflannel leases: there is no option '--jsno', did you mean '--json'? / See fastflannel leases --help")]
    [InlineData("reserve", "fastflannel reserve: Required argument 'SUBNET' missing for command: 'reserve' / See fastflannel reserve --help")]
    [InlineData("reserve 10.5.1.0", "fastflannel reserve: '10.5.1.0' is not a subnet, expected one like 10.5.3.0/24, or both halves")]
    [InlineData("reserve 10.5.1.0/24 10.5.2.0/24", "fastflannel reserve: '10.5.1.0/24 10.5.2.0/24' is not a subnet, expected one like")]
    [InlineData("reserve 10.5.1.0/24 --public-ip node1", "fastflannel reserve: --public-ip is 'node1', expected an IPv4 address like 192.168.0.9 / ")]
    [InlineData("reserve 10.5.1.0/24 --public-ip 0.0.0.0", "fastflannel reserve: --public-ip is '0.0.0.0', expected an IPv4 address like")]
    [InlineData("release fd00::/64", "fastflannel release: 'fd00::/64' is not a subnet, expected one like 10.5.3.0/24")]
    [InlineData("lab run --hosst 3", "fastflannel lab run: there is no option '--hosst', did you mean '--hosts'? / See fastflannel lab run --help / ")]
    [InlineData("lab run --hosts", "fastflannel lab run: Required argument missing for option: '--hosts' / See fastflannel lab run --help / ")]
    [InlineData("lab run --hosts 1 x", "fastflannel lab run: 'x' is one word too many / fastflannel lab run: --hosts 1 is out of range: expected a")]
    [InlineData("lab run --backend foo", "fastflannel lab run: --backend is 'foo', expected one of udp, vxlan, host-gw / See fastflannel lab run --help / ")]
    [InlineData("lab bench --compare", "fastflannel lab bench: Required argument missing for option: '--compare' / See fastflannel lab bench --help / ")]
    public async Task A_wrong_command_line_is_exit_code_two_with_the_reason(string line, string error)
    {
        CommandRun run = await CommandRun.RunAsync(line.Split(' '));

        Assert.Equal(2, run.Code);
        Assert.StartsWith(error.Replace(" / ", Environment.NewLine, StringComparison.Ordinal), run.Error, StringComparison.Ordinal);
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
