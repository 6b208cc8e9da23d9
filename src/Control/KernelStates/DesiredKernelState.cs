using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>What a backend wants of the kernel, computed from the leases and from where the links are.</summary>
internal sealed record DesiredKernelState
{
    /// <summary>What shall be there.</summary>
    public IReadOnlyList<DesiredEntry> Entries { get; init; } = [];

    /// <summary>Peers that cannot be put in force as things are, and why.</summary>
    public IReadOnlyDictionary<Subnet, string> Refused { get; init; } = new Dictionary<Subnet, string>();

    /// <summary>What else is the backend's, and therefore to be deleted; null to delete nothing.</summary>
    public EntryOwnership? Ownership { get; init; }
}

/// <summary>An entry that shall be there.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Peer">The subnet of the peer that it is for; null when it is for none.</param>
internal readonly record struct DesiredEntry(KernelEntry Entry, Subnet? Peer = null);
