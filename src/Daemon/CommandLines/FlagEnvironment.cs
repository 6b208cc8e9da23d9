namespace FastFlannel.Daemon;

/// <summary>Lets <c>FLANNELD_&lt;NAME&gt;</c> stand in for flags that are not on the command line.</summary>
internal static class FlagEnvironment
{
    /// <summary>Reads the variables; an empty one is the same as none.</summary>
    /// <param name="values">What the command line gave; receives the rest.</param>
    /// <param name="flags">Which flags to look for.</param>
    /// <param name="environment">Looks a variable up.</param>
    /// <param name="warnings">Receives a line for each bad value. As in flannel it is passed over and the daemon starts.</param>
    public static void Apply(
        FlagValues values, IEnumerable<Flag> flags, Func<string, string?> environment, List<string> warnings)
    {
        foreach (Flag flag in flags)
        {
            // A version is asked for on the command line only: a variable that is left over must not keep a node down.
            if (flag == DaemonFlags.Version || values.IsGiven(flag))
                continue;

            string? value = environment(flag.EnvironmentName);
            if (string.IsNullOrEmpty(value) || values.TrySetFromEnvironment(flag, value))
                continue;

            warnings.Add($"{flag.EnvironmentName} is '{value}', expected {flag.Expected}; --{flag.Name} stays {flag.Default}");
        }
    }
}
