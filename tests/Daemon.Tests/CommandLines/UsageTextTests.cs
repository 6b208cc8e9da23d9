namespace FastFlannel.Daemon.Tests;

public class UsageTextTests
{
    private static readonly string[] Lines = UsageText.Write().Split('\n');

    [Fact]
    public void It_fits_a_hundred_columns() => Assert.All(Lines, line => Assert.InRange(line.Length, 0, 100));

    [Fact]
    public void Every_flag_is_there_once_with_type_default_and_help() => Assert.All(DaemonFlags.All, flag =>
    {
        int at = Array.FindIndex(Lines, line => line.AsSpan(Math.Min(2, line.Length)).StartsWith($"--{flag.Name} "));
        string entry = Lines[at] + Lines[at + 1];

        Assert.Contains(flag.Help, entry, StringComparison.Ordinal);
        Assert.Contains($"(default {(flag.Default.Length > 0 ? flag.Default : "none")})", entry, StringComparison.Ordinal);
        Assert.Equal(flag.Instead is not null, entry.StartsWith('*'));
    });

    [Fact]
    public void The_columns_are_aligned() =>
        Assert.All(
            DaemonFlags.All, flag => Assert.Contains(Lines, line => line.IndexOf(flag.Help, StringComparison.Ordinal) == 38));

    [Fact]
    public void It_is_in_groups() =>
        Assert.Equal(
            ["commands:", "etcd:", "interface:", "files and lease:", "a daemon that runs:", "firewall:", "health:", "logging and version:", "kubernetes:"],
            Lines.Where(line => line.EndsWith(':')));

    [Fact]
    public void Flannels_flags_are_all_there_and_two_of_our_own() => Assert.Equal(33, DaemonFlags.All.DistinctBy(flag => flag.Name).Count());
}
