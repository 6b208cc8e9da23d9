namespace FastFlannel.Daemon;

/// <summary>Flags that belong together in the usage text.</summary>
/// <param name="Title">What they are about.</param>
/// <param name="Flags">The flags.</param>
internal sealed record FlagGroup(string Title, IReadOnlyList<Flag> Flags);
