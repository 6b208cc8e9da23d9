using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>What systemd says of the units in dist.</summary>
public sealed class UnitTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task The_service_is_without_fault()
    {
        SkipWithoutSystemd();
        await AssertFineAsync("fastflannel.service", await File.ReadAllTextAsync(Checkout.File("dist/fastflannel.service"), Cancel));
    }

    [Fact]
    public async Task A_fault_would_be_seen()
    {
        SkipWithoutSystemd();
        string unit = WithOurBinary(await File.ReadAllTextAsync(Checkout.File("dist/fastflannel.service"), Cancel))
            .Replace("WatchdogSec=60", "WatchdogSec=soon", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(_directory, "wrong.service"), unit, Cancel);

        Assert.Contains("Failed to parse", (await VerifyAsync("wrong.service")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Docker_with_the_drop_in_is_without_fault()
    {
        SkipWithoutSystemd();
        string dropIn = Directory.CreateDirectory(Path.Combine(_directory, "docker.service.d")).FullName;
        File.Copy(Checkout.File("dist/docker.service.d/fastflannel.conf"), Path.Combine(dropIn, "fastflannel.conf"));
        await AssertFineAsync("docker.service", "[Service]\nType=notify\nExecStart=/bin/true -H fd:// $DOCKER_OPTS\n");
    }

    [Fact]
    public async Task The_service_of_the_Flatcar_example_is_without_fault()
    {
        SkipWithoutSystemd();
        const string Indent = "        ";
        string[] lines = await File.ReadAllLinesAsync(Checkout.File("dist/flatcar.butane.yaml"), Cancel);
        IEnumerable<string> unit = lines
            .SkipWhile(line => !line.Contains("- name: fastflannel.service", StringComparison.Ordinal))
            .SkipWhile(line => !line.Contains("contents: |", StringComparison.Ordinal))
            .Skip(1)
            .TakeWhile(line => line.Length == 0 || line.StartsWith(Indent, StringComparison.Ordinal))
            .Select(line => line.Length == 0 ? line : line[Indent.Length..]);
        string text = string.Join('\n', unit) + "\n";

        Assert.Contains("[Install]", text, StringComparison.Ordinal);
        await AssertFineAsync("fastflannel.service", text);
    }

    private static void SkipWithoutSystemd() => Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "no systemd-analyze here");

    // The programs that a unit starts must be there.
    private static string WithOurBinary(string unit) => unit
        .Replace("/usr/bin/fastflannel", DaemonBinary.Path, StringComparison.Ordinal)
        .Replace("/opt/bin/fastflannel", DaemonBinary.Path, StringComparison.Ordinal);

    private async Task AssertFineAsync(string name, string unit)
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, name), WithOurBinary(unit), Cancel);
        CommandResult said = await VerifyAsync(name);

        Assert.Equal("", said.Output + said.Error);
        Assert.Equal(0, said.ExitCode);
    }

    private Task<CommandResult> VerifyAsync(string name) => Command.RunAsync(
        ["systemd-analyze", "verify", "--man=no", Path.Combine(_directory, name)], null, TimeSpan.FromSeconds(60), Cancel);
}
