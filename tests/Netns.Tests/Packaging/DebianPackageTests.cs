using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>The Debian package, installed below a root directory of its own: the machine stays as it is.</summary>
public sealed class DebianPackageTests : IDisposable
{
    private const string Settings = "etc/default/fastflannel";

    private readonly string _root = Directory.CreateTempSubdirectory().FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task It_is_installed_upgraded_removed_and_purged_and_starts_nothing()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/dpkg-deb"), "no dpkg: this is no Debian");
        string package = (await RunAsync(Checkout.File("dist/make-deb.sh"))).Output.Split('\'')[3];
        _ = Directory.CreateDirectory(In("var/lib/dpkg/info"));
        _ = Directory.CreateDirectory(In("var/lib/dpkg/updates"));
        await File.WriteAllTextAsync(In("var/lib/dpkg/status"), "", Cancel);

        await DpkgAsync("--install", Checkout.File(package));
        CommandResult version = await RunAsync(In("usr/bin/fastflannel"), "--version");
        Assert.Equal((await RunAsync(DaemonBinary.Path, "--version")).Error, version.Error);
        Assert.Equal(
            $"{version.Error.Trim()} install ok installed",
            await QueryAsync("${Version} ${Status}"));
        Assert.False(Directory.Exists(In("etc/systemd")), "the service is enabled");
        Assert.Equal(await File.ReadAllTextAsync(Checkout.File("dist/fastflannel.service"), Cancel), await ReadAsync("lib/systemd/system/fastflannel.service"));

        // What an operator has changed stays, also when the program goes.
        await File.AppendAllTextAsync(In(Settings), "FLANNELD_IFACE=eth1\n", Cancel);
        await DpkgAsync("--install", Checkout.File(package));
        Assert.EndsWith("FLANNELD_IFACE=eth1\n", await ReadAsync(Settings), StringComparison.Ordinal);
        await DpkgAsync("--remove", "fastflannel");
        Assert.False(File.Exists(In("usr/bin/fastflannel")));
        Assert.EndsWith("FLANNELD_IFACE=eth1\n", await ReadAsync(Settings), StringComparison.Ordinal);

        await DpkgAsync("--purge", "fastflannel");
        Assert.DoesNotContain(
            Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories),
            file => !file.StartsWith(In("var/lib/dpkg"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_setting_of_the_environment_file_is_a_flags()
    {
        string help = (await RunAsync(DaemonBinary.Path, "--help")).Output;
        string[] names =
        [
            .. File.ReadLines(Checkout.File("dist/fastflannel.env"))
                .Where(line => line.Contains('=', StringComparison.Ordinal))
                .Select(line => line.TrimStart('#').Split('=')[0])
                .Where(name => name.StartsWith("FLANNELD_", StringComparison.Ordinal)),
        ];

        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains(
            $"--{name["FLANNELD_".Length..].Replace('_', '-').ToLowerInvariant()} ", help, StringComparison.Ordinal));
    }

    private static async Task<CommandResult> RunAsync(params string[] command) =>
        (await Command.RunAsync(command, null, TimeSpan.FromSeconds(60), Cancel)).OrThrow();

    private string In(string path) => Path.Combine(_root, path);

    private Task<string> ReadAsync(string path) => File.ReadAllTextAsync(In(path), Cancel);

    // Its scripts run outside of the root, in which there is no shell, and are told where that is. Nor is there a libc.
    private Task<CommandResult> DpkgAsync(params string[] arguments) =>
        RunAsync(["dpkg", $"--root={_root}", "--force-script-chrootless", "--force-depends", "--force-confdef", .. arguments]);

    private async Task<string> QueryAsync(string format) =>
        (await RunAsync("dpkg-query", $"--admindir={In("var/lib/dpkg")}", "--show", $"--showformat={format}", "fastflannel")).Output;
}
