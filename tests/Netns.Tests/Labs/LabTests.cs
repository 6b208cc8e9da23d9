using System.Text.Json;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class LabTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lab_leaves_nothing_behind()
    {
        LabCluster cluster = await LabCluster.StartAsync(Clusters.Default with { Hosts = 2 }, Cancel);
        int[] processes = [.. cluster.Hosts.Select(host => host.Daemon.Process.Id)];

        await cluster.DisposeAsync();

        IReadOnlyList<string> left = await Leftovers.ListNamespacesAsync();
        Assert.DoesNotContain(left, name => name.StartsWith(cluster.Name, StringComparison.Ordinal));
        Assert.False(Directory.Exists(cluster.Directory));
        Assert.All(processes, id => Assert.False(Directory.Exists($"/proc/{id}")));
    }

    [Fact]
    public async Task A_sweep_removes_what_a_dead_owner_left_and_nothing_else()
    {
        const string Orphan = "ff999999999x1-h1"; // above the largest process id there can be
        string mine = LabName.Next() + "-h1";
        _ = await Namespace.CreateAsync(Orphan, Cancel);
        _ = await Namespace.CreateAsync(mine, Cancel);
        try
        {
            await Leftovers.SweepAsync();

            IReadOnlyList<string> left = await Leftovers.ListNamespacesAsync();
            Assert.DoesNotContain(Orphan, left);
            Assert.Contains(mine, left);
        }
        finally
        {
            _ = await Command.RunAsync(["ip", "netns", "del", mine], CancellationToken.None);
        }
    }

    [Theory]
    [InlineData("run", "measuring TCP")]
    [InlineData("handover", "under traffic")]
    public async Task Interrupted_it_takes_the_time_to_remove_everything(string command, string moment)
    {
        string log = Path.GetTempFileName();
        try
        {
            await using var lab = LabProcess.Start([DaemonBinary.Path, "lab", command], log);
            string name = $"ff{lab.Id}x";
            _ = await Wait.UntilAsync(
                () => lab.Lines.Any(line => line.Contains(moment, StringComparison.Ordinal)), TimeSpan.FromSeconds(60), moment, Cancel);

            Assert.Equal(130, await lab.StopAsync("INT", Cancel));
            Assert.Equal("lab: interrupted; everything is removed", lab.Lines[^1]);
            IReadOnlyList<string> left = await Leftovers.ListNamespacesAsync();
            Assert.DoesNotContain(left, one => one.StartsWith(name, StringComparison.Ordinal));
            Assert.Empty(Directory.GetDirectories(Path.GetTempPath(), $"{name}*"));
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Fact]
    public async Task The_binary_runs_a_lab_of_its_own_and_reports_in_json()
    {
        CommandResult result = await Command.RunAsync(
            [DaemonBinary.Path, "lab", "run", "--hosts", "2", "--json"], null, TimeSpan.FromSeconds(60), Cancel);

        Assert.True(result.Ok, $"{result.ExitCode}: {result.Error}");
        using var report = JsonDocument.Parse(result.Output);
        Assert.True(report.RootElement.GetProperty("ok").GetBoolean());
        Assert.Equal(2, report.RootElement.GetProperty("hosts").GetArrayLength());
    }
}
