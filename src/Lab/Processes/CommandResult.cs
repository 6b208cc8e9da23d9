namespace FastFlannel.Lab;

/// <summary>How a command ended.</summary>
/// <param name="Command">The command line, for messages.</param>
/// <param name="ExitCode">Its exit code; 128 plus the number of the signal that killed it.</param>
/// <param name="Output">All of standard output.</param>
/// <param name="Error">All of standard error.</param>
public sealed record CommandResult(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>Whether the command exited with 0.</summary>
    public bool Ok => ExitCode == 0;

    /// <summary>This result, if the command succeeded.</summary>
    /// <exception cref="LabException">It did not; the message has the command, its exit code and what it said.</exception>
    public CommandResult OrThrow()
    {
        if (Ok)
            return this;

        string said = Error.Trim() is { Length: > 0 } error ? error : Output.Trim();
        throw new LabException($"`{Command}` exited with {ExitCode}: {said}");
    }
}
