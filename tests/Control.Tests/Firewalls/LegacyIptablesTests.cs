namespace FastFlannel.Control.Tests;

/// <summary>The same with the iptables of kernels without nftables, which other hosts still have as their default.</summary>
public sealed class LegacyIptablesTests : IptablesFirewallTests, IDisposable
{
    private const string Program = "/usr/sbin/xtables-legacy-multi";

    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public LegacyIptablesTests()
    {
        Assert.SkipUnless(
            File.Exists(Program) && new FirewallTools().Run(Program, ["iptables", "-S"]).ExitCode == 0,
            $"there is no {Program}, or the kernel has no legacy iptables");
        foreach (string name in (string[])["iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore"])
            _ = File.CreateSymbolicLink(System.IO.Path.Combine(_directory, name), Program);
    }

    private protected override string? Path => $"{_directory}:{Environment.GetEnvironmentVariable("PATH")}";

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void It_is_the_legacy_one() =>
        FirewallBed.Run(bed => Assert.Contains("(legacy)", bed.Shell("iptables --version"), StringComparison.Ordinal), Path);
}
