using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// Compares the entries of one kind slot by slot. A slot is what one entry takes the place of another in: for a route its
/// destination and metric, for a neighbour its address on a link.
/// </summary>
/// <typeparam name="TEntry">The kind.</typeparam>
/// <typeparam name="TSlot">What tells slots apart.</typeparam>
internal sealed class SlotDiff<TEntry, TSlot>
    where TEntry : KernelEntry
    where TSlot : notnull
{
    private SlotDiff(List<PlannedChange> changes, HashSet<TSlot> slots, List<TEntry> undesired) =>
        (Changes, Slots, Undesired) = (changes, slots, undesired);

    /// <summary>What puts every desired entry in its slot.</summary>
    public IReadOnlyList<PlannedChange> Changes { get; }

    /// <summary>The slots that are desired.</summary>
    public HashSet<TSlot> Slots { get; }

    /// <summary>What is in slots of which nothing is desired.</summary>
    public IReadOnlyList<TEntry> Undesired { get; }

    /// <summary>Compares.</summary>
    /// <param name="desired">Entries of all kinds.</param>
    /// <param name="current">What there is of this kind, in the kernel's order: of several in a slot the first counts.</param>
    /// <param name="slotOf">An entry's slot.</param>
    /// <param name="isSame">Whether the second, in the same slot, does what the first shall.</param>
    /// <param name="blocks">Whether the kernel will not take the first as long as the second is in its slot.</param>
    public static SlotDiff<TEntry, TSlot> Between(
        IEnumerable<DesiredEntry> desired,
        IReadOnlyList<TEntry> current,
        Func<TEntry, TSlot> slotOf,
        Func<TEntry, TEntry, bool> isSame,
        Func<TEntry, TEntry, bool>? blocks = null)
    {
        ILookup<TSlot, TEntry> there = current.ToLookup(slotOf);
        List<PlannedChange> changes = [];
        HashSet<TSlot> slots = [];
        foreach ((KernelEntry entry, Subnet? peer) in desired)
        {
            if (entry is not TEntry wanted)
                continue;

            TSlot slot = slotOf(wanted);
            _ = slots.Add(slot);
            TEntry[] inSlot = [.. there[slot]];
            int right = Array.FindIndex(inSlot, found => isSame(wanted, found));
            IEnumerable<TEntry> toGo = right >= 0
                ? inSlot[..right]
                : inSlot.Where(found => blocks?.Invoke(wanted, found) == true);
            changes.AddRange(toGo.Select(wrong => new PlannedChange(KernelChange.Delete(wrong), peer)));
            if (right < 0)
                changes.Add(new PlannedChange(KernelChange.Replace(wanted), peer));
        }

        return new SlotDiff<TEntry, TSlot>(changes, slots, [.. current.Where(entry => !slots.Contains(slotOf(entry)))]);
    }
}
