namespace FastFlannel.Daemon;

/// <summary>What the command line asks for.</summary>
public abstract record CommandLineResult
{
    private CommandLineResult()
    {
    }

    /// <summary>Start the daemon.</summary>
    /// <param name="Options">How.</param>
    /// <param name="Warnings">What was passed over in the environment, one line each, for the log.</param>
    public sealed record Start(DaemonOptions Options, IReadOnlyList<string> Warnings) : CommandLineResult;

    /// <summary>Print and exit.</summary>
    /// <param name="Code">0 for help and version, 2 for what is no flag, or a flag with a value that cannot be honoured.</param>
    /// <param name="Output">For standard output; empty or ending with a new line.</param>
    /// <param name="Error">For standard error; empty or ending with a new line.</param>
    public sealed record Exit(int Code, string Output, string Error) : CommandLineResult;
}
