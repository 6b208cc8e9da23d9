using System.Text.Json;

namespace FastFlannel.Daemon.Tests;

public sealed class ConfigCheckCommandTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task A_good_file_is_summed_up_without_asking_etcd()
    {
        const string Config = """{"Network":"10.5.0.0/16","Backend":{"Type":"udp","Port":9}}""";
        await File.WriteAllTextAsync(_file, Config + "\n", TestContext.Current.CancellationToken);

        CommandRun run = await CommandRun.RunAsync(["config", "check", _file], ("FLANNELD_ETCD_CERTFILE", "/nonexistent"));

        Assert.Equal(0, run.Code);
        Assert.Empty(run.Error);
        Assert.Equal(
            [
                $"{_file} is fine:",
                "  network      10.5.0.0/16",
                "    subnets    255 of /24, 10.5.1.0 to 10.5.255.0",
                "  hosts        up to 255, with up to 253 containers on each",
                "  backend      udp",
                "    Port       9, UDP, open between all hosts",
                "    Queues     one for two processors, up to 4",
                "    Offloads   all",
                "    PeerCheck  on: peers' packets alone",
                "    PeerNAT    off",
                "    MTU        the interface's less 28",
            ],
            Lines(run.Output));
    }

    [Theory]
    [InlineData("wireguard", "Backend.Type is 'wireguard': not in this release")]
    [InlineData("udp\",\"PeerChek\":\"on", "without effect in Backend: PeerChek")]
    public async Task What_has_a_warning_is_not_called_fine(string type, string warning)
    {
        string config = $$$"""{"Network":"10.5.0.0/16","Backend":{"Type":"{{{type}}}"}}""";
        await File.WriteAllTextAsync(_file, config, TestContext.Current.CancellationToken);

        CommandRun run = await CommandRun.RunAsync(["config", "check", _file]);

        Assert.Equal(0, run.Code);
        Assert.StartsWith($"warning: {warning}", run.Error, StringComparison.Ordinal);
        Assert.Equal($"{_file} has no problem, and the warning above:", Lines(run.Output)[0]);
    }

    [Fact]
    public async Task Every_problem_is_on_a_line_of_its_own_under_the_warnings()
    {
        CommandRun run = await CommandRun.RunAsync(["config", "check", """{"SubnetLen":31,"Typo":1,"Backend":{"Port":-1}}"""]);

        Assert.Equal(1, run.Code);
        Assert.Empty(run.Output);
        string[] lines = Lines(run.Error);
        Assert.StartsWith("warning: without effect: Typo;", lines[0], StringComparison.Ordinal);
        Assert.Equal("fastflannel: the network config has 2 problems:", lines[1]);
        Assert.StartsWith("  - please define a correct Network parameter", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("  - unknown backend type: ", lines[3], StringComparison.Ordinal);
        Assert.Equal(4, lines.Length);
    }

    [Theory]
    [InlineData("""{"Network":"10.5.0.0/16"}""", 0)]
    [InlineData("""{"Network":"10.5.0.0/99"}""", 1)]
    public async Task In_JSON_it_is_one_document_either_way(string config, int code)
    {
        CommandRun run = await CommandRun.RunAsync(["config", "check", "--json", config]);

        Assert.Equal(code, run.Code);
        Assert.Empty(run.Error);
        using var document = JsonDocument.Parse(run.Output);
        JsonElement root = document.RootElement;
        Assert.Equal(code == 0, root.GetProperty("ok").GetBoolean());
        Assert.Equal(code, root.GetProperty("problems").GetArrayLength());
        if (code == 0)
            Assert.Equal("10.5.1.0", root.GetProperty("summary").GetProperty("ipv4").GetProperty("subnetMin").GetString());
        else
            Assert.Equal(JsonValueKind.Null, root.GetProperty("summary").ValueKind);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named_with_what_is_expected()
    {
        CommandRun run = await CommandRun.RunAsync(["config", "check", "/nonexistent"]);

        Assert.Equal(1, run.Code);
        Assert.StartsWith(
            "fastflannel: cannot read '/nonexistent': there is no such file; expected a file, - for ",
            run.Error,
            StringComparison.Ordinal);
    }

    private static string[] Lines(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd())];
}
