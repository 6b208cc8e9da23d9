using System.ComponentModel;
using System.Diagnostics;

namespace FastFlannel.Control;

/// <summary>The host's own commands. Each has a limited time, so that one that waits for a lock does not hold up the daemon for ever.</summary>
internal sealed class FirewallTools : IFirewallTools
{
    // A daemon's PATH often lacks the directories of the administrator's commands.
    private static readonly string[] Directories = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];

    private readonly string[] _path;

    /// <summary>Looks for commands in the usual places.</summary>
    public FirewallTools()
        : this([
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Concat(Directories).Distinct()])
    {
    }

    /// <summary>Looks for commands in these directories alone.</summary>
    internal FirewallTools(string[] path) => _path = path;

    /// <summary>How long a command may take.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public bool Has(string tool) => Find(tool) is not null;

    /// <inheritdoc/>
    public ToolAnswer Run(string tool, IReadOnlyList<string> arguments, string input = "")
    {
        string path = Find(tool) ?? throw new FirewallException(
            $"there is no {tool} in {string.Join(':', _path)}; install it (on Debian: apt-get install {PackageOf(tool)})");
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C" },
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            var writing = Task.Run(() => Write(process, input));
            if (!process.WaitForExit(Limit))
            {
                process.Kill(entireProcessTree: true);
                throw new FirewallException($"{tool} has not ended within {Limit.TotalSeconds} s and was killed");
            }

            // What it has started and left running may still have its output.
            if (!Task.WaitAll([output, errors, writing], Limit))
                throw new FirewallException($"{tool} has ended, but its output has not within {Limit.TotalSeconds} s");

            return new ToolAnswer(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
        }
        catch (Win32Exception e)
        {
            throw new FirewallException($"{path} cannot be run: {e.Message}");
        }
    }

    private static void Write(Process process, string input)
    {
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended before it read all of it; its exit code says why.
        }
    }

    private static string PackageOf(string tool) => tool == "nft" ? "nftables" : "iptables";

    private string? Find(string tool) => _path.Select(directory => Path.Combine(directory, tool)).FirstOrDefault(File.Exists);
}
