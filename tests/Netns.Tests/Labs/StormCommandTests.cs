using System.Text.Json;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

public class StormCommandTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_binary_makes_a_storm_on_both_ways_and_reports_in_json()
    {
        CommandResult result = await Command.RunAsync(
            [DaemonBinary.Path, "lab", "storm", "--peers", "20", "--rate", "200", "--rounds", "1", "--seconds", "1", "--json"],
            null,
            TimeSpan.FromSeconds(120),
            Cancel);

        Assert.True(result.Ok, $"{result.ExitCode}: {result.Error}");
        using var report = JsonDocument.Parse(result.Output);
        JsonElement[] summaries = [.. report.RootElement.GetProperty("summaries").EnumerateArray()];
        Assert.Equal(
            [
                ("router", "Calm"), ("router", "Elsewhere"), ("router", "Storm"),
                ("kernel tunnel", "Calm"), ("kernel tunnel", "Elsewhere"), ("kernel tunnel", "Storm"),
            ],
            summaries.Select(one => (one.GetProperty("way").GetString(), one.GetProperty("weather").GetString())));
        Assert.All(summaries, one =>
        {
            bool isCalm = one.GetProperty("weather").GetString() == "Calm";
            bool isStorm = one.GetProperty("weather").GetString() == "Storm";
            Assert.True(one.GetProperty("gigabitsPerSecond").GetProperty("median").GetDouble() > 0);
            Assert.Equal(isCalm, one.GetProperty("changesPerSecond").GetDouble() == 0);
            Assert.Equal(isStorm, one.GetProperty("inForce").ValueKind == JsonValueKind.Object);
            Assert.Equal(0, one.GetProperty("misdirected").GetInt64());
        });
    }
}
