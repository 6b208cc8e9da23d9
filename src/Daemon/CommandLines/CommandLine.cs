namespace FastFlannel.Daemon;

/// <summary>
/// Turns arguments and environment into options, or into what to print instead. Pure: the caller prints and exits.
/// </summary>
public static class CommandLine
{
    // dist/fastflannel.service does not start again after it: what is wrong stays wrong.
    private const int WrongFlag = 2;

    /// <summary>Reads the daemon's command line.</summary>
    /// <param name="arguments">The arguments behind the program's name.</param>
    /// <param name="environment">Looks an environment variable up; null when there is none.</param>
    /// <param name="version">What <c>--version</c> prints.</param>
    public static CommandLineResult Parse(
        IReadOnlyList<string> arguments, Func<string, string?> environment, string version)
    {
        var values = new FlagValues();
        FlagParse parse = FlagParser.Parse(arguments, values);
        if (parse.HelpWanted)
            return new CommandLineResult.Exit(0, UsageText.Write(), "");

        if (parse.Error is not null)
            return new CommandLineResult.Exit(WrongFlag, "", $"fastflannel: {parse.Error}\n");

        // On standard error, as flanneld prints it.
        if (values.IsOn(DaemonFlags.Version))
            return new CommandLineResult.Exit(0, "", version + "\n");

        List<string> warnings = [];
        FlagEnvironment.Apply(values, DaemonFlags.All, environment, warnings);
        var options = DaemonOptions.From(values);
        string[] problems = [.. OptionRules.Check(options), .. UnsupportedFlags.Refuse(values)];
        if (problems.Length == 0)
            return new CommandLineResult.Start(options, warnings);

        IEnumerable<string> lines = warnings.Concat(problems).Select(line => $"fastflannel: {line}\n");
        return new CommandLineResult.Exit(WrongFlag, "", string.Concat(lines));
    }
}
