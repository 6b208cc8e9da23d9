using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public sealed class SubnetFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fastflannel-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string FilePath => Path.Combine(_directory, "run", "flannel", "subnet.env");

    private static readonly SubnetEnvironment Udp = new()
    {
        Network = Ipv4Prefix.Parse("10.5.0.0/16"),
        Subnet = Ipv4Prefix.Parse("10.5.64.0/24"),
        Mtu = 1472,
        IpMasq = true,
    };

    private static PreviousSubnet Parse(string text) => SubnetFile.Parse(text, "subnet.env");

    [Fact] // what flannel left on the host, to the byte
    public void The_text_is_flannels() =>
        Assert.Equal(
            "FLANNEL_NETWORK=10.5.0.0/16\nFLANNEL_SUBNET=10.5.64.1/24\nFLANNEL_MTU=1472\nFLANNEL_IPMASQ=true\n", Udp.ToText());

    [Fact] // what flannel left on the host, to the byte
    public void The_dual_stack_text_is_flannels()
    {
        var environment = new SubnetEnvironment
        {
            Network = Ipv4Prefix.Parse("10.5.0.0/16"),
            Subnet = Ipv4Prefix.Parse("10.5.60.0/24"),
            IPv6Network = Ipv6Prefix.Parse("fd05::/56"),
            IPv6Subnet = Ipv6Prefix.Parse("fd05:0:0:19::/64"),
            Mtu = 1500,
            IpMasq = false,
        };

        Assert.Equal(
            """
            FLANNEL_NETWORK=10.5.0.0/16
            FLANNEL_SUBNET=10.5.60.1/24
            FLANNEL_IPV6_NETWORK=fd05::/56
            FLANNEL_IPV6_SUBNET=fd05:0:0:19::1/64
            FLANNEL_MTU=1500
            FLANNEL_IPMASQ=false

            """,
            environment.ToText());
    }

    [Fact]
    public void Writing_makes_directories_and_sets_the_modes()
    {
        SubnetFile.Write(FilePath, Udp);

        Assert.Equal(Udp.ToText(), File.ReadAllText(FilePath));
        Assert.Equal("644", Mode(FilePath));
        Assert.Equal("755", Mode(Path.Combine(_directory, "run")));
        Assert.Equal("755", Mode(Path.Combine(_directory, "run", "flannel")));
    }

    [Fact]
    public void Writing_replaces_the_file_and_leaves_nothing_else()
    {
        SubnetFile.Write(FilePath, Udp);
        using var old = new StreamReader(FilePath);
        SubnetFile.Write(FilePath, Udp with { Mtu = 1400 });

        Assert.Equal(Udp.ToText(), old.ReadToEnd()); // who has the old file open keeps the old text
        Assert.Contains("FLANNEL_MTU=1400", File.ReadAllText(FilePath), StringComparison.Ordinal);
        Assert.Equal([FilePath], Directory.GetFileSystemEntries(Path.GetDirectoryName(FilePath)!));
    }

    [Fact]
    public void A_directory_that_exists_keeps_its_mode()
    {
        string directory = Path.GetDirectoryName(FilePath)!;
        Directory.CreateDirectory(directory);
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_000_000);

        SubnetFile.Write(FilePath, Udp);

        Assert.Equal("700", Mode(directory));
    }

    [Fact]
    public void A_failed_write_leaves_nothing_behind()
    {
        Directory.CreateDirectory(FilePath); // a directory stands where the file should go

        Assert.ThrowsAny<Exception>(() => SubnetFile.Write(FilePath, Udp));
        Assert.Equal([FilePath], Directory.GetFileSystemEntries(Path.GetDirectoryName(FilePath)!));
    }

    [Fact]
    public void What_was_written_is_read_back()
    {
        SubnetFile.Write(FilePath, Udp);

        PreviousSubnet previous = SubnetFile.Read(FilePath);

        Assert.Equal(Udp.Network, previous.Network);
        Assert.Equal(Udp.Subnet, previous.Subnet);
        Assert.Null(previous.IPv6Network);
        Assert.Null(previous.IPv6Subnet);
        Assert.Empty(previous.Warnings);
    }

    [Fact]
    public void No_file_is_no_previous_subnet()
    {
        PreviousSubnet previous = SubnetFile.Read(FilePath);

        Assert.Null(previous.Subnet);
        Assert.Empty(previous.Warnings);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_a_warning()
    {
        Directory.CreateDirectory(FilePath);

        Assert.StartsWith(
            $"cannot read the previous subnet from {FilePath}: ",
            Assert.Single(SubnetFile.Read(FilePath).Warnings),
            StringComparison.Ordinal);
    }

    [Theory] // flannel: TestReadCIDRsFromSubnetFileSkipsInvalidCIDRs and its IPv6 twin: one good network is left
    [InlineData("FLANNEL_SUBNET=10.244.1.1/24,not-a-cidr\n", "FLANNEL_SUBNET")]
    [InlineData("FLANNEL_IPV6_SUBNET=not-a-cidr,fd00::1/64\n", "FLANNEL_IPV6_SUBNET")]
    public void A_bad_network_in_a_list_is_skipped(string text, string name)
    {
        PreviousSubnet previous = Parse(text);

        Assert.True(previous.Subnet == Ipv4Prefix.Parse("10.244.1.0/24") || previous.IPv6Subnet == Ipv6Prefix.Parse("fd00::/64"));
        Assert.Equal(
            $"subnet.env: {name} has 'not-a-cidr', expected address/length; it is skipped", Assert.Single(previous.Warnings));
    }

    [Theory] // flannel: TestReadCIDRFromSubnetFileInvalidOnlyReturnsEmpty and its IPv6 twin
    [InlineData("FLANNEL_SUBNET=not-a-cidr\n")]
    [InlineData("FLANNEL_IPV6_SUBNET=not-a-cidr\n")]
    [InlineData("FLANNEL_SUBNET=\n")]
    [InlineData("FLANNEL_SUBNET=fd00::/64\n")]
    public void Only_bad_networks_are_none(string text)
    {
        PreviousSubnet previous = Parse(text);

        Assert.Null(previous.Subnet);
        Assert.Null(previous.IPv6Subnet);
        Assert.Single(previous.Warnings);
    }

    [Fact]
    public void Several_networks_are_none()
    {
        PreviousSubnet previous = Parse("FLANNEL_SUBNET=10.244.1.0/24,not-a-cidr,10.244.2.0/24\n");

        Assert.Null(previous.Subnet);
        Assert.Equal("subnet.env: FLANNEL_SUBNET has 2 networks, expected one; they are ignored", previous.Warnings[^1]);
    }

    [Fact]
    public void Rubbish_never_throws() =>
        Gen.OneOf(Gen.String, Gen.String.Select(text => "FLANNEL_SUBNET=" + text)).Sample(text => Parse(text) is not null);

    private static string Mode(string path) => Convert.ToString((int)File.GetUnixFileMode(path), 8);
}
