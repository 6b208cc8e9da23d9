using System.Text.Json;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class BenchTests
{
    private static readonly string[] Paths = ["direct", "vxlan", "udp", "other"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_binary_measures_every_path_and_reports_in_json()
    {
        CommandResult result = await Command.RunAsync(
            [
                DaemonBinary.Path, "lab", "bench", "--rounds", "1", "--seconds", "1", "--metrics", "tcp1,ping",
                "--compare", """other={"Port":8286}""", "--json",
            ],
            null,
            TimeSpan.FromSeconds(90),
            Cancel);

        Assert.True(result.Ok, $"{result.ExitCode}: {result.Error}");
        using var report = JsonDocument.Parse(result.Output);
        JsonElement root = report.RootElement;
        Assert.True(root.GetProperty("ok").GetBoolean());
        Assert.Equal(Paths, root.GetProperty("paths").EnumerateArray().Select(path => path.GetProperty("name").GetString()));
        Assert.Equal(
            [.. Paths.Select(path => ("tcp1", path)), .. Paths.Select(path => ("ping", path))],
            root.GetProperty("samples").EnumerateArray().Select(sample => (Text(sample, "metric"), Text(sample, "path"))));
        Assert.All(
            root.GetProperty("summaries").EnumerateArray(),
            summary => Assert.True(summary.GetProperty("value").GetProperty("median").GetDouble() > 0));
        Assert.Equal(
            ["udp", "other"], root.GetProperty("requirements").EnumerateArray().Select(one => Text(one, "path")).Distinct());
    }

    [Fact]
    public async Task A_bench_that_is_interrupted_leaves_nothing_behind()
    {
        string log = Path.GetTempFileName();
        try
        {
            await using LabProcess bench = LabProcess.Start([DaemonBinary.Path, "lab", "bench", "--metrics", "tcp1"], log);
            _ = await Wait.UntilAsync(
                () => bench.Lines.Any(line => line.Contains("tcp1 on direct", StringComparison.Ordinal)),
                TimeSpan.FromSeconds(60),
                "the first measurement",
                Cancel);

            Assert.Equal(130, await bench.StopAsync("INT", Cancel));

            IEnumerable<string> left = (await Leftovers.ListNamespacesAsync())
                .Concat(Directory.EnumerateDirectories(Path.GetTempPath()).Select(path => Path.GetFileName(path)));
            Assert.DoesNotContain(left, name => LabName.OwnerOf(name) == bench.Id);
        }
        finally
        {
            File.Delete(log);
        }
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
