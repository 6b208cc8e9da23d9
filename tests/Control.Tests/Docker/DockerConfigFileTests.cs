namespace FastFlannel.Control.Tests;

public sealed class DockerConfigFileTests : IDisposable
{
    private static readonly DockerSettings Settings = new() { BridgeAddress = "10.1.74.1/24", Mtu = 1472, Masquerades = true };

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void A_new_file_says_what_subnet_env_says()
    {
        File.Delete(_file);
        Assert.Equal(
            ["bip: (none) -> \"10.1.74.1/24\"", "mtu: (none) -> 1472", "ip-masq: (none) -> true"],
            DockerConfigFile.Update(_file, Settings, withMasquerade: true));

        Assert.Equal(
            """
            {
              "bip": "10.1.74.1/24",
              "mtu": 1472,
              "ip-masq": true
            }

            """,
            File.ReadAllText(_file));
        Assert.Equal(0b110_100_100, (int)File.GetUnixFileMode(_file));
    }

    [Fact]
    public void What_is_not_ours_stays_as_it_is_and_so_does_the_mode()
    {
        File.WriteAllText(
            _file,
            """{"log-opts":{"max-size":"10m"},"mtu":1500,"bip":"10.1.74.1/24","x":[1e400,"Gruß <&>"],"default-ulimits":{"n":{"Hard":64000}}}""");
        File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Assert.Equal(["mtu: 1500 -> 1472"], DockerConfigFile.Update(_file, Settings, withMasquerade: false));
        Assert.Equal(
            """
            {
              "log-opts": {
                "max-size": "10m"
              },
              "mtu": 1472,
              "bip": "10.1.74.1/24",
              "x": [
                1e400,
                "Gruß <&>"
              ],
              "default-ulimits": {
                "n": {
                  "Hard": 64000
                }
              }
            }

            """,
            File.ReadAllText(_file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_file));
    }

    [Fact]
    public void A_file_that_says_so_is_not_touched()
    {
        const string Text = """{ "mtu": 1472,   "bip": "10.1.74.1/24" }""";
        File.WriteAllText(_file, Text);

        Assert.Empty(DockerConfigFile.Update(_file, Settings, withMasquerade: false));
        Assert.Equal(Text, File.ReadAllText(_file));
    }

    [Theory]
    [InlineData("1472.0")]
    [InlineData("1e4077777777777777770")]
    [InlineData("\"1472\"")]
    public void A_value_that_dockerd_would_not_take_is_replaced(string mtu)
    {
        (string text, IReadOnlyList<string> changes) = DockerConfigFile.Merge(
            $"{{\"mtu\":{mtu},\"bip\":\"10.1.74.1/24\"}}", Settings, withMasquerade: false, "daemon.json");

        Assert.Equal($"mtu: {mtu} -> 1472", Assert.Single(changes));
        Assert.Contains("\"mtu\": 1472,", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_stays_one()
    {
        string link = _file + ".link";
        File.CreateSymbolicLink(link, _file);
        try
        {
            _ = DockerConfigFile.Update(link, Settings, withMasquerade: true);

            Assert.Equal(_file, File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName);
            Assert.Contains("\"mtu\": 1472", File.ReadAllText(_file), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(link);
        }
    }

    [Theory]
    [InlineData("{\"mtu\":1500,}", "is not JSON, and is left as it is")]
    [InlineData("{\"mtu\":1500,\"mtu\":1400}", "is not JSON, and is left as it is")]
    [InlineData("{\"a\":[\"\\ud800\"]}", "is not JSON, and is left as it is")]
    [InlineData("{\"\\ud800\":1}", "is not JSON, and is left as it is")]
    [InlineData("[]", "is not a JSON object, which dockerd demands")]
    [InlineData("null", "is not a JSON object, which dockerd demands")]
    public void What_dockerd_would_not_read_is_refused_and_stays(string text, string error)
    {
        File.WriteAllText(_file, text);

        Assert.Contains(
            error,
            Assert.Throws<AdministrationException>(() => DockerConfigFile.Update(_file, Settings, withMasquerade: true)).Message,
            StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(_file));
    }
}
