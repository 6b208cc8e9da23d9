namespace FastFlannel.Control;

/// <summary>
/// What a node that starts should do about its subnet. <see cref="SubnetAllocator"/> makes it; nothing is done yet.
/// </summary>
public abstract record SubnetDecision
{
    private SubnetDecision()
    {
    }

    /// <summary>
    /// This node's leases that do not fit the network config, because that has changed: to be deleted before anything is taken.
    /// </summary>
    public IReadOnlyList<Lease> Incompatible { get; init; } = [];

    /// <summary>Why the subnet of the last run was not taken, for the log; null when it was, or there was none.</summary>
    public string? PreviousRefused { get; init; }

    /// <summary>Renew a lease that this node holds already, or that is reserved for it.</summary>
    /// <param name="Lease">The lease as etcd has it.</param>
    public sealed record Reuse(Lease Lease) : SubnetDecision;

    /// <summary>Create a lease on the subnet of the last run, so that containers keep their addresses.</summary>
    /// <param name="Subnet">The subnet.</param>
    public sealed record TakePrevious(Subnet Subnet) : SubnetDecision;

    /// <summary>Create a lease on a subnet that nobody holds.</summary>
    /// <param name="Subnet">The subnet.</param>
    public sealed record TakeFree(Subnet Subnet) : SubnetDecision;

    /// <summary>There is nothing to take.</summary>
    /// <param name="Message">What is used up and what to do about it.</param>
    public sealed record OutOfSubnets(string Message) : SubnetDecision;
}
