namespace FastFlannel.Control;

/// <summary>One of the two ways to the kernel's firewall.</summary>
internal interface IFirewall
{
    /// <summary>What the way is called.</summary>
    string Mode { get; }

    /// <summary>Takes away what a life in the other mode has left. What is not there, or has no tool, needs nothing.</summary>
    /// <param name="families">What this daemon's rules are about.</param>
    /// <exception cref="FirewallException">Something is there and cannot be taken away.</exception>
    void LeaveOtherMode(IReadOnlyList<FirewallFamily> families);

    /// <summary>Compares a family's rules with what is in force, and writes them when they differ.</summary>
    /// <returns>Whether they were written.</returns>
    /// <exception cref="FirewallException">They cannot be read or written.</exception>
    bool Apply(FirewallFamily family);

    /// <summary>What others have in force that stops the overlay's traffic all the same, as last seen.</summary>
    /// <returns>The rule or policy and where it is; null when there is none.</returns>
    string? StopOf(FirewallFamily family);
}
