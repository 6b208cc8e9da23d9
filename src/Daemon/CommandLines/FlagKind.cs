namespace FastFlannel.Daemon;

/// <summary>What a flag's value is.</summary>
internal enum FlagKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>Any text, and the flag may be given several times.</summary>
    List,

    /// <summary>A whole number of 32 bits.</summary>
    Number,

    /// <summary>true or false; the flag alone means true.</summary>
    Switch,
}
