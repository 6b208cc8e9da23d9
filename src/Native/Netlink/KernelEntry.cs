namespace FastFlannel.Native;

/// <summary>
/// What a <see cref="KernelChange"/> is about: an address, a route, a neighbour or an fdb entry. Two are equal when all that they
/// say is.
/// </summary>
public abstract record KernelEntry
{
    private protected KernelEntry()
    {
    }

    /// <summary>What it is in the words of errors, for example <c>route</c>.</summary>
    internal abstract string Noun { get; }

    /// <summary>RTM_NEW*.</summary>
    internal abstract ushort NewType { get; }

    /// <summary>RTM_DEL*.</summary>
    internal abstract ushort DeleteType { get; }

    /// <summary>The errno by which a deletion says that there was none.</summary>
    internal abstract int AbsentErrno { get; }

    /// <summary>Writes fixed part and attributes, the same for all changes.</summary>
    internal abstract void Write(ref NetlinkWriter writer);
}
