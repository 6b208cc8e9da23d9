namespace FastFlannel.Native;

/// <summary>One change of the kernel's addresses, routes, neighbours or fdb entries, as a value.</summary>
/// <param name="Verb">What to do.</param>
/// <param name="Entry">With what.</param>
public readonly record struct KernelChange(ChangeVerb Verb, KernelEntry Entry)
{
    /// <summary>Adds an entry where there is none.</summary>
    public static KernelChange Add(KernelEntry entry) => new(ChangeVerb.Add, entry);

    /// <summary>Adds an entry, in place of the one that is there if there is one.</summary>
    public static KernelChange Replace(KernelEntry entry) => new(ChangeVerb.Replace, entry);

    /// <summary>Deletes an entry.</summary>
    public static KernelChange Delete(KernelEntry entry) => new(ChangeVerb.Delete, entry);

    /// <summary>In words, for example <c>replace route 10.5.3.0/24 via 10.5.3.0 on link 7 onlink</c>.</summary>
    public override string ToString() => $"{Word} {Entry.Noun} {Entry}";

    internal ushort Type => Verb == ChangeVerb.Delete ? Entry.DeleteType : Entry.NewType;

    internal ushort Flags => Verb switch
    {
        ChangeVerb.Add => NetlinkAbi.NLM_F_CREATE | NetlinkAbi.NLM_F_EXCL,
        ChangeVerb.Replace => NetlinkAbi.NLM_F_CREATE | NetlinkAbi.NLM_F_REPLACE,
        _ => 0,
    };

    private string Word => Verb switch
    {
        ChangeVerb.Add => "add",
        ChangeVerb.Replace => "replace",
        _ => "delete",
    };

    /// <summary>Whether an error says that all is as the change wanted it: what was to be added is there, what was to go is gone.</summary>
    internal bool IsNothingToDo(int errno) => Verb switch
    {
        ChangeVerb.Add => errno == Errno.EEXIST,
        ChangeVerb.Delete => errno == Entry.AbsentErrno || errno == Errno.ENODEV, // a link takes all that is on it along
        _ => false,
    };
}

/// <summary>What a change does.</summary>
public enum ChangeVerb
{
    /// <summary>Adds where there is none.</summary>
    Add,

    /// <summary>Adds, in place of what is there.</summary>
    Replace,

    /// <summary>Deletes.</summary>
    Delete,
}
