namespace FastFlannel.Control;

/// <summary>The commands that read and write firewall rules: the one way to the kernel's firewall.</summary>
internal interface IFirewallTools
{
    /// <summary>Whether there is such a command.</summary>
    bool Has(string tool);

    /// <summary>Runs a command to its end.</summary>
    /// <param name="tool">Its name, for example <c>iptables-save</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">What it reads.</param>
    /// <exception cref="FirewallException">There is no such command, or it does not end.</exception>
    ToolAnswer Run(string tool, IReadOnlyList<string> arguments, string input = "");
}

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">0 when it did what it was told.</param>
/// <param name="Output">What it printed.</param>
/// <param name="Errors">What it complained of.</param>
internal readonly record struct ToolAnswer(int ExitCode, string Output, string Errors)
{
    /// <summary>What it printed.</summary>
    /// <param name="what">What it was to do, for the message.</param>
    /// <exception cref="FirewallException">It failed.</exception>
    public string OrThrow(string what)
    {
        if (ExitCode == 0)
            return Output;

        string[] lines = Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        throw new FirewallException($"{what} failed (exit code {ExitCode}): {string.Join("; ", lines.Take(3))}");
    }
}
