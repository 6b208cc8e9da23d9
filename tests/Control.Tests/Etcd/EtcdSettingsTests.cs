namespace FastFlannel.Control.Tests;

public class EtcdSettingsTests
{
    private const string Expected = "expected http://host:port or https://host:port";

    private static readonly TlsFiles Pair = new("/ca", "/crt", "/key");

    [Theory]
    [InlineData(" http://10.0.0.1:2379, https://etcd.example:2379 ,", "http://10.0.0.1:2379 https://etcd.example:2379")]
    [InlineData("http://10.0.0.1:2379/", "http://10.0.0.1:2379")]
    [InlineData("http://10.0.0.1,https://10.0.0.2", "http://10.0.0.1:80 https://10.0.0.2:443")]
    [InlineData("http://[fd00::1]:2379", "http://[fd00::1]:2379")]
    [InlineData("10.0.0.1:2379,localhost:2379", "http://10.0.0.1:2379 http://localhost:2379")]
    public void Endpoints_are_trimmed_and_split(string list, string expected) =>
        Assert.Equal(expected, string.Join(' ', EtcdSettings.Parse(list.Split(','), "/x").Endpoints.Select(EtcdException.Name)));

    [Fact]
    public void A_host_and_port_alone_is_https_to_who_has_a_certificate() =>
        Assert.Equal("https://a:2379", EtcdException.Name(Assert.Single(EtcdSettings.Parse(["a:2379"], "/x", Pair).Endpoints)));

    [Theory]
    [InlineData("ftp://a:2379", $"--etcd-endpoints: 'ftp://a:2379' is not an endpoint; {Expected}")]
    [InlineData("http://", $"--etcd-endpoints: 'http://' is not an endpoint; {Expected}")]
    [InlineData("http://a:b", $"--etcd-endpoints: 'http://a:b' is not an endpoint; {Expected}")]
    [InlineData("10.0.0.1", $"--etcd-endpoints: '10.0.0.1' has no port, and etcd's is 2379; {Expected}")]
    [InlineData("10.0.0.1:2379/v2", $"--etcd-endpoints: '10.0.0.1:2379/v2' has something behind the port; {Expected}")]
    [InlineData("fd00::1", $"--etcd-endpoints: 'fd00::1' is not an endpoint; {Expected}")]
    [InlineData("[fd00::80]/", $"--etcd-endpoints: '[fd00::80]/' has no port, and etcd's is 2379; {Expected}")]
    [InlineData("http://a:2379/v2", $"--etcd-endpoints: 'http://a:2379/v2' has something behind the port; {Expected}")]
    [InlineData("http://a:2379;http://b:2379", $"--etcd-endpoints: 'http://a:2379;http://b:2379' is not an endpoint; {Expected}")]
    [InlineData(" , ", $"--etcd-endpoints has no endpoint, {Expected}, or several with commas between them")]
    public void What_is_no_endpoint_is_refused(string list, string error) =>
        Assert.Equal(error, Assert.Throws<FatalException>(() => EtcdSettings.Parse(list.Split(','), "/x")).Message);

    [Theory]
    [InlineData("http://user:s3cret@a:2379")]
    [InlineData("user:s3cret@a:2379")]
    [InlineData("ftp://user:s3cret@a:2379")]
    public void A_password_in_an_endpoint_is_refused_and_not_shown(string endpoint)
    {
        string message = Assert.Throws<FatalException>(() => EtcdSettings.Parse([endpoint], "/x")).Message;
        Assert.DoesNotContain("s3cret", message, StringComparison.Ordinal);
        Assert.Contains("a:2379", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user", "", "--etcd-username 'user' has no effect without --etcd-password")]
    [InlineData("", "s3cret", "--etcd-password has no effect without --etcd-username")]
    public void Half_a_user_is_no_user_and_said(string user, string password, string warning)
    {
        var settings = EtcdSettings.Parse(["http://127.0.0.1"], "/x", null, user, password);
        Assert.Null(settings.User);
        Assert.Equal([warning], settings.Warnings);
    }

    [Fact]
    public void A_password_on_an_open_network_is_warned_of()
    {
        var settings = EtcdSettings.Parse(["http://127.0.0.1:1", "http://10.0.0.1:2", "https://10.0.0.2:3"], "/x", null, "user", "s3cret");
        Assert.Equal(
            ["--etcd-password goes to http://10.0.0.1:2 unencrypted; use https:// where others share the network"], settings.Warnings);
    }

    [Fact]
    public void No_password_is_printed() => Assert.DoesNotContain(
        "s3cret", EtcdSettings.Parse(["http://127.0.0.1"], "/x", Pair, "user", "s3cret").ToString(), StringComparison.Ordinal);
}
