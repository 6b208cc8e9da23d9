namespace FastFlannel.Control;

/// <summary>What a backend wants of the kernel. It changes no more: other leases make another plan.</summary>
internal interface IKernelPlan
{
    /// <summary>The interface that leads to the peers: what happens to it concerns the plan.</summary>
    string Interface { get; }

    /// <summary>The devices that it needs, made and kept as they should be before anything is put on them.</summary>
    IReadOnlyList<KernelDevice> Devices { get; }

    /// <summary>What shall be there, given where the links are. Nothing on a link that is not there now.</summary>
    DesiredKernelState Desire(CurrentKernelState current);
}
