using System.Diagnostics;
using System.Globalization;

namespace FastFlannel.Control.Tests;

/// <summary>Commands that do not do as commands do. None of them holds up the daemon.</summary>
public sealed class FirewallToolsTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("fftools").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string ChildFile => Path.Combine(_directory, "child");

    public void Dispose()
    {
        if (File.Exists(ChildFile))
            Process.GetProcessById(int.Parse(File.ReadAllText(ChildFile), CultureInfo.InvariantCulture)).Kill();

        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task What_it_reads_and_prints_is_passed_on()
    {
        ToolAnswer answer = await RunAsync("cat; echo >&2 oops; exit 3", new string('x', 200_000), Limit);
        Assert.Equal((3, 200_000, "oops\n"), (answer.ExitCode, answer.Output.Length, answer.Errors));
    }

    [Fact]
    public async Task One_that_does_not_end_is_killed_also_when_it_does_not_read()
    {
        FirewallException error = await Assert.ThrowsAsync<FirewallException>(
            () => RunAsync($"echo $$ > {ChildFile}.own; exec sleep 300", new string('x', 200_000), TimeSpan.FromSeconds(2)));
        Assert.Contains("was killed", error.Message, StringComparison.Ordinal);
        string process = $"/proc/{(await File.ReadAllTextAsync($"{ChildFile}.own", Cancel)).Trim()}";
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        timeout.CancelAfter(Limit);
        while (Directory.Exists(process))
            await Task.Delay(10, timeout.Token);
    }

    [Fact]
    public async Task One_that_leaves_something_behind_with_its_output_is_not_waited_for()
    {
        FirewallException error = await Assert.ThrowsAsync<FirewallException>(
            () => RunAsync($"sleep 300 & echo $! > {ChildFile}", "", TimeSpan.FromSeconds(1)));
        Assert.Contains("its output has not", error.Message, StringComparison.Ordinal);
    }

    private Task<ToolAnswer> RunAsync(string script, string input, TimeSpan limit)
    {
        string path = Path.Combine(_directory, "tool");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var tools = new FirewallTools([_directory]) { Limit = limit };
        return Task.Run(() => tools.Run("tool", [], input), Cancel).WaitAsync(Limit, Cancel);
    }
}
