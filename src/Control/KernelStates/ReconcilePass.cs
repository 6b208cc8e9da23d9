using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>One comparison of what should be with what is, and the changes that follow.</summary>
internal sealed class ReconcilePass(RouteNetlink netlink, DeviceKeeper devices, Troubles troubles)
{
    /// <summary>What could not be put in force and why: devices by name, peers by subnet.</summary>
    public Dictionary<string, string> Failures { get; } = [];

    /// <summary>What failed before and was left alone this time.</summary>
    public HashSet<string> Waiting { get; } = [];

    /// <summary>Entries that were added or replaced.</summary>
    public List<KernelEntry> Made { get; } = [];

    /// <summary>Entries that were deleted.</summary>
    public List<KernelEntry> Deleted { get; } = [];

    /// <summary>Entries that are as they should be by now.</summary>
    public HashSet<KernelEntry> InForce { get; private set; } = [];

    /// <summary>The links that matter to the plan, or null when one of them is not there.</summary>
    public IReadOnlySet<int>? Links { get; private set; }

    /// <summary>Does it.</summary>
    /// <exception cref="SysException">The kernel gave no answer. What it refuses is among <see cref="Failures"/>.</exception>
    public void Run(IKernelPlan plan)
    {
        List<LinkInfo> kept = KeepDevices(plan.Devices);
        IReadOnlyList<LinkInfo> links = netlink.ListLinks();
        var current = CurrentKernelState.Read(netlink, links, kept);
        if (kept.Count == plan.Devices.Count && current.Find(plan.Interface) is { } parent)
            Links = kept.Append(parent).Select(link => link.Index).ToHashSet();

        DesiredKernelState desired = plan.Desire(current);
        foreach (IReadOnlyList<PlannedChange> step in KernelDiff.Between(desired, current).Steps)
            Make(step);

        foreach ((Subnet peer, string reason) in desired.Refused)
            _ = Failures.TryAdd(peer.ToString(), reason);

        InForce = [.. desired.Entries.Where(entry => !IsHeldBack(entry)).Select(entry => entry.Entry)];
    }

    /// <summary>Where it could not come to its end: what it has not come to is as it was.</summary>
    /// <param name="waiting">What was in trouble before.</param>
    /// <param name="inForce">What was in force before.</param>
    public void LeaveAlone(IEnumerable<string> waiting, IEnumerable<KernelEntry> inForce)
    {
        Waiting.UnionWith(waiting.Where(subject => !Failures.ContainsKey(subject)));
        InForce = [.. inForce];
    }

    private static string SubjectOf(KernelEntry entry, Subnet? peer) => peer?.ToString() ?? entry.ToString();

    private List<LinkInfo> KeepDevices(IReadOnlyList<KernelDevice> wanted)
    {
        List<LinkInfo> kept = [];
        IReadOnlyList<LinkInfo> links = netlink.ListLinks();
        foreach (KernelDevice device in wanted)
        {
            if (troubles.IsWaiting(device.Name))
            {
                _ = Waiting.Add(device.Name);
                continue;
            }

            try
            {
                if (devices.Keep(device, links) is { } link)
                    kept.Add(link);
            }
            catch (SysException e)
            {
                Failures[device.Name] = e.Message;
            }
        }

        return kept;
    }

    /// <summary>Makes the changes of one step. A peer for which one fails waits, and the others go on.</summary>
    private void Make(IReadOnlyList<PlannedChange> step)
    {
        List<PlannedChange> changes = new(step.Count);
        foreach (PlannedChange planned in step)
        {
            string subject = SubjectOf(planned.Change.Entry, planned.Peer);
            if (Failures.ContainsKey(subject))
                continue;

            if (troubles.IsWaiting(subject))
                _ = Waiting.Add(subject);
            else
                changes.Add(planned);
        }

        if (changes.Count == 0)
            return;

        IReadOnlyList<ChangeResult> results = netlink.Apply([.. changes.Select(planned => planned.Change)]);
        foreach ((PlannedChange planned, ChangeResult result) in changes.Zip(results))
            Note(planned, result);
    }

    private void Note(PlannedChange planned, ChangeResult result)
    {
        KernelEntry entry = planned.Change.Entry;
        if (result.IsFailed)
            _ = Failures.TryAdd(SubjectOf(entry, planned.Peer), result.ToException().Message);
        else if (planned.Change.Verb == ChangeVerb.Delete)
            Deleted.Add(entry);
        else
            Made.Add(entry);
    }

    private bool IsHeldBack(DesiredEntry entry)
    {
        string subject = SubjectOf(entry.Entry, entry.Peer);
        return Failures.ContainsKey(subject) || Waiting.Contains(subject);
    }
}
