namespace FastFlannel.Control;

/// <summary>What a change of this host's links and addresses means for the interface in use.</summary>
internal abstract record ExternalDecision
{
    private ExternalDecision()
    {
    }

    /// <summary>
    /// Decides. As long as the address in use is on this host, it stays in use, whatever else comes that start would have preferred;
    /// when it is gone, the options decide again as they did at start. Pure: nothing is done yet.
    /// </summary>
    /// <param name="snapshot">What the host has now.</param>
    /// <param name="options">What the operator says.</param>
    /// <param name="current">The interface in use; dual stack when it has an IPv6 address.</param>
    public static ExternalDecision Of(InterfaceSnapshot snapshot, InterfaceOptions options, ExternalInterface current)
    {
        if (current.Addresses.All(address => snapshot.OwnerOf(address)?.Index == current.LinkIndex))
            return new Stay();

        try
        {
            ExternalInterface next = InterfaceSelector.Select(snapshot, options, isDualStack: current.IPv6 is not null);
            return next.HasSamePlace(current) ? new Stay() : new Move(next);
        }
        catch (FatalException e)
        {
            // As when a bridge has taken the address over from the interface that --iface names: packets flow on.
            return current.Addresses.All(address => snapshot.OwnerOf(address) is not null) ? new Stay() : new Lost(e.Message);
        }
    }

    /// <summary>It is still good.</summary>
    public sealed record Stay : ExternalDecision;

    /// <summary>It is not what it was; there is another one.</summary>
    /// <param name="Next">The interface, or the address on it, to use from now on.</param>
    public sealed record Move(ExternalInterface Next) : ExternalDecision;

    /// <summary>Its address is gone and there is no other.</summary>
    /// <param name="Problem">Why nothing else can be used.</param>
    public sealed record Lost(string Problem) : ExternalDecision;
}
