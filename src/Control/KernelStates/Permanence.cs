using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>Whether an entry stays until somebody deletes it. Who made it may have set other states beside.</summary>
internal static class Permanence
{
    public static bool IsPermanent(this Neighbour neighbour) => (neighbour.State & NeighbourStates.Permanent) != 0;

    public static bool IsPermanent(this FdbEntry entry) => (entry.State & NeighbourStates.Permanent) != 0;
}
