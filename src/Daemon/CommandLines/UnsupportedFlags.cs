namespace FastFlannel.Daemon;

/// <summary>
/// Refuses what this release cannot do. Starting without it would look like a running flannel and be another network: no
/// masquerading, no TLS.
/// </summary>
internal static class UnsupportedFlags
{
    /// <summary>One line a flag that is set and has no function yet, saying what to do instead. Values are not shown.</summary>
    public static IEnumerable<string> Refuse(FlagValues values) =>
        from flag in DaemonFlags.All
        where flag.Instead is not null && !values.IsDefault(flag)
        let source = values.IsFromEnvironment(flag) ? $" (set by {flag.EnvironmentName})" : ""
        select $"--{flag.Name}{source} is not in this release: {flag.Instead}";
}
