namespace FastFlannel.Daemon.Tests;

public sealed class DockerOptsCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    private string Env => Path.Combine(_directory, "subnet.env");

    private string Target => Path.Combine(_directory, "docker.env");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("", "DOCKER_OPT_BIP DOCKER_OPT_IPMASQ DOCKER_OPT_MTU DOCKER_OPTS")]
    [InlineData("-i -c", "DOCKER_OPT_BIP DOCKER_OPT_IPMASQ DOCKER_OPT_MTU DOCKER_OPTS")]
    [InlineData("-i", "DOCKER_OPT_BIP DOCKER_OPT_IPMASQ DOCKER_OPT_MTU")]
    [InlineData("-c -k CUSTOM_KEY", "CUSTOM_KEY")]
    [InlineData("-i -m", "DOCKER_OPT_BIP DOCKER_OPT_MTU")]
    [InlineData("--individual --no-ip-masq", "DOCKER_OPT_BIP DOCKER_OPT_MTU")]
    public async Task The_letters_are_flannels(string letters, string names)
    {
        await WriteAsync("FLANNEL_SUBNET=10.1.74.1/24\nFLANNEL_MTU=1472\nFLANNEL_IPMASQ=true\n");

        CommandRun run = await RunAsync([.. letters.Split(' ', StringSplitOptions.RemoveEmptyEntries), "-f", Env, "-d", Target]);

        Assert.Equal((0, "", ""), (run.Code, run.Output, run.Error));
        Assert.Equal(names.Split(' '), (await ReadAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')[0]));
    }

    [Fact]
    public async Task The_daemons_variable_says_where_subnet_env_is()
    {
        await WriteAsync("FLANNEL_MTU=1400\n");
        CommandRun run = await CommandRun.RunAsync(["docker-opts", "-c", "-d", Target], ("FLANNELD_SUBNET_FILE", Env));

        Assert.Equal(0, run.Code);
        Assert.Equal("DOCKER_OPTS=\" --mtu=1400\"\n", await ReadAsync());
    }

    [Fact]
    public async Task An_invalid_value_writes_nothing()
    {
        await WriteAsync("FLANNEL_IPMASQ=perhaps\n");
        CommandRun run = await RunAsync("-f", Env, "-d", Target);

        Assert.Equal(1, run.Code);
        Assert.StartsWith("fastflannel: Invalid value of FLANNEL_IPMASQ: perhaps", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public async Task The_configuration_file_is_changed_once()
    {
        await WriteAsync("FLANNEL_SUBNET=10.1.74.1/24\nFLANNEL_MTU=1472\n");
        string[] command = ["--subnet-file", Env, "--daemon-json", Target];

        CommandRun run = await RunAsync(command);
        Assert.Equal(0, run.Code);
        Assert.EndsWith($"{Target} has changed: restart dockerd, and with it its containers{Environment.NewLine}", run.Output, StringComparison.Ordinal);
        Assert.Equal($"{Target} says so already{Environment.NewLine}", (await RunAsync(command)).Output);
    }

    [Fact]
    public async Task Without_a_subnet_there_is_nothing_for_the_configuration_file()
    {
        CommandRun run = await RunAsync("-f", Env, "--daemon-json", Target);

        Assert.Equal(1, run.Code);
        Assert.Contains("says nothing of a subnet: start the daemon first", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public async Task Without_a_subnet_there_are_no_options_and_a_warning()
    {
        CommandRun run = await RunAsync("-c", "-f", Env, "-d", Target);

        Assert.Equal((0, ""), (run.Code, run.Output));
        Assert.Equal("DOCKER_OPTS=\"\"\n", await ReadAsync());
        Assert.StartsWith($"warning: {Env} says nothing of a subnet", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-k 1X", "fastflannel docker-opts: -k is '1X', expected a variable's name like DOCKER_OPTS")]
    [InlineData("-z", "fastflannel docker-opts: there is no option '-z'")]
    [InlineData("--daemon-json x -i", "fastflannel docker-opts: --daemon-json writes no variables: leave out -d, -i, -c and -k")]
    public async Task A_wrong_command_line_is_exit_code_two_with_the_reason(string line, string error)
    {
        CommandRun run = await RunAsync(line.Split(' '));

        Assert.Equal(2, run.Code);
        Assert.StartsWith(error, run.Error, StringComparison.Ordinal);
    }

    private static Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.RunAsync(["docker-opts", .. arguments]);

    private Task WriteAsync(string text) => File.WriteAllTextAsync(Env, text, TestContext.Current.CancellationToken);

    private Task<string> ReadAsync() => File.ReadAllTextAsync(Target, TestContext.Current.CancellationToken);
}
