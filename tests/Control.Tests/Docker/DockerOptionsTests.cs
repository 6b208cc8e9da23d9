namespace FastFlannel.Control.Tests;

/// <summary>The same as flannel's dist/mk-docker-opts.sh writes (its test and the flannel contract, section 14).</summary>
public class DockerOptionsTests
{
    private const string Env = "FLANNEL_NETWORK=10.1.0.0/16\nFLANNEL_SUBNET=10.1.74.1/24\nFLANNEL_MTU=1472\nFLANNEL_IPMASQ=false\n";

    private const string Single =
        """
        DOCKER_OPT_BIP="--bip=10.1.74.1/24"
        DOCKER_OPT_IPMASQ="--ip-masq=true"
        DOCKER_OPT_MTU="--mtu=1472"

        """;

    private static DockerOptions Options => new() { Settings = DockerSettings.Parse(Env, "subnet.env") };

    [Fact]
    public void Both_kinds_of_variables() => Assert.Equal(
        Single + "DOCKER_OPTS=\" --bip=10.1.74.1/24 --ip-masq=true --mtu=1472\"\n", Options.ToText());

    [Fact]
    public void Single_variables_alone() => Assert.Equal(Single, (Options with { CombinedName = null }).ToText());

    [Fact]
    public void One_variable_of_any_name_alone() => Assert.Equal(
        "CUSTOM_KEY=\" --bip=10.1.74.1/24 --ip-masq=true --mtu=1472\"\n",
        (Options with { CombinedName = "CUSTOM_KEY", IsIndividual = false }).ToText());

    [Fact]
    public void Without_masquerading() => Assert.Equal(
        "DOCKER_OPTS=\" --bip=10.1.74.1/24 --mtu=1472\"\n",
        (Options with { WithMasquerade = false, IsIndividual = false }).ToText());

    [Fact]
    public void Dockerd_masquerades_if_the_daemon_does_not() =>
        Assert.False(DockerSettings.Parse("FLANNEL_IPMASQ=true", "subnet.env").Masquerades);

    [Fact]
    public void No_file_is_no_options_and_no_error()
    {
        var settings = DockerSettings.Read("/nonexistent/subnet.env");

        Assert.True(settings.IsEmpty);
        Assert.Equal("DOCKER_OPTS=\"\"\n", new DockerOptions { Settings = settings }.ToText());
    }

    [Fact]
    public void What_the_environment_has_comes_first_and_options_of_others_are_kept()
    {
        DockerOptions options = Options with
        {
            Environment = new Dictionary<string, string>
            {
                ["DOCKER_OPTS"] = "--log-level=debug",
                ["DOCKER_OPT_LABEL"] = "--label=a=b",
                ["DOCKER_OPT_MTU"] = "--mtu=9",
                ["PATH"] = "/bin",
            },
        };

        Assert.Equal(
            """
            DOCKER_OPT_BIP="--bip=10.1.74.1/24"
            DOCKER_OPT_IPMASQ="--ip-masq=true"
            DOCKER_OPT_LABEL="--label=a=b"
            DOCKER_OPT_MTU="--mtu=1472"
            DOCKER_OPTS="--log-level=debug  --bip=10.1.74.1/24 --ip-masq=true --label=a=b --mtu=1472"

            """,
            options.ToText());
    }

    [Fact]
    public async Task A_shell_reads_back_every_value()
    {
        const string Odd = "--label=\"a $HOME `id` \\ b";
        DockerOptions options = Options with { Environment = new Dictionary<string, string> { ["DOCKER_OPT_LABEL"] = Odd } };
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, options.ToText(), TestContext.Current.CancellationToken);
            using var shell = System.Diagnostics.Process.Start(
                new System.Diagnostics.ProcessStartInfo("sh", ["-c", ". \"$1\"; printf %s \"$DOCKER_OPT_LABEL\"", "sh", file])
                {
                    RedirectStandardOutput = true,
                })!;
            Assert.Equal(Odd, await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("FLANNEL_IPMASQ=maybe", "Invalid value of FLANNEL_IPMASQ: maybe (in subnet.env; expected true or false)")]
    [InlineData("FLANNEL_MTU=large", "Invalid value of FLANNEL_MTU: large (in subnet.env; expected a number of bytes like 1472)")]
    [InlineData("FLANNEL_SUBNET=10.1.74.1", "Invalid value of FLANNEL_SUBNET: 10.1.74.1 (in subnet.env; expected an address with")]
    public void A_value_that_dockerd_would_refuse_is_an_error(string line, string error) => Assert.StartsWith(
        error,
        Assert.Throws<AdministrationException>(() => DockerSettings.Parse(line, "subnet.env")).Message,
        StringComparison.Ordinal);
}
