namespace FastFlannel.Control;

/// <summary>
/// flannel's rules on the length and the range of subnets, the same for both families. The texts up to the bracket are flannel's
/// (pkg/subnet/config.go), because operators search for them; the values in brackets and the last rule are ours.
/// </summary>
/// <param name="terms">The family.</param>
/// <param name="network">The network's first address.</param>
/// <param name="networkLength">The network's prefix length.</param>
/// <param name="problems">Receives each broken rule.</param>
internal sealed class SubnetRangeRules(FamilyTerms terms, UInt128 network, int networkLength, List<string> problems)
{
    /// <summary>Checks what the config says and fills in what it does not say.</summary>
    /// <param name="length">SubnetLen; null or 0 for the default.</param>
    /// <param name="min">SubnetMin; null or 0 for the default.</param>
    /// <param name="max">SubnetMax; null or 0 for the default.</param>
    /// <returns>The range, or null when a rule is broken.</returns>
    public SubnetRange? Apply(ulong? length, UInt128? min, UInt128? max)
    {
        int before = problems.Count;
        int? chosenLength = ChooseLength(length ?? 0);
        UInt128? givenMin = Given(min);
        UInt128? givenMax = Given(max);
        CheckInside(terms.SubnetMin, givenMin);
        CheckInside(terms.SubnetMax, givenMax);
        CheckAligned(terms.SubnetMin, givenMin, chosenLength);
        CheckAligned(terms.SubnetMax, givenMax, chosenLength);
        CheckOrder(givenMin, givenMax);
        if (problems.Count > before || chosenLength is not { } subnetLength)
            return null;

        // The first subnet is skipped: its first address is the network's own, and putting it on a device confuses hosts.
        UInt128 size = SizeOf(subnetLength);
        UInt128 lastSubnet = network + (SizeOf(networkLength) - size);
        UInt128 first = givenMin ?? network + size;
        UInt128 last = givenMax ?? lastSubnet;
        if (first <= last)
            return new SubnetRange(subnetLength, first, last);

        problems.Add($"{terms.SubnetMax} leaves no subnet, for a network's first one is not given out unless {terms.SubnetMin} says so "
            + $"({terms.SubnetMax} is {terms.Show(last)}, expected at least {terms.Show(first)})");
        return null;
    }

    /// <summary>0.0.0.0 and :: mean the default, as when the field is not there.</summary>
    private static UInt128? Given(UInt128? bound) => bound == UInt128.Zero ? null : bound;

    private int? ChooseLength(ulong given)
    {
        if (given == 0)
            return DefaultLength();

        if (given > (ulong)terms.LongestSubnet)
        {
            problems.Add($"SubnetLen must be less than /{terms.LongestSubnet + 1} "
                + $"({terms.SubnetLen} is {given}, expected at most {terms.LongestSubnet})");
            return null;
        }

        if (given < (ulong)networkLength + 2)
        {
            problems.Add("network must be able to accommodate at least four subnets "
                + $"({terms.Network} is {ShowNetwork()}, {terms.SubnetLen} is {given}, expected at least {networkLength + 2})");
            return null;
        }

        return (int)given;
    }

    private int? DefaultLength()
    {
        if (networkLength <= terms.LongestNetwork)
            return Math.Max(terms.PreferredLength, networkLength + 2);

        problems.Add($"{terms.TooSmallSubject} is too small. Minimum useful network prefix is /{terms.LongestNetwork} "
            + $"({terms.Network} is {ShowNetwork()})");
        return null;
    }

    private void CheckInside(string field, UInt128? bound)
    {
        if (bound is { } address && address - network >= SizeOf(networkLength))
        {
            problems.Add($"{field} is not in the range of the {terms.Network} "
                + $"({field} is {terms.Show(address)}, {terms.Network} is {ShowNetwork()})");
        }
    }

    private void CheckAligned(string field, UInt128? bound, int? chosenLength)
    {
        if (bound is not { } address || chosenLength is not { } subnetLength)
            return;

        UInt128 behind = address % SizeOf(subnetLength);
        if (behind == 0)
            return;

        UInt128 boundary = address - behind;
        problems.Add($"{field} is not on a SubnetLen boundary: {terms.Show(address)} "
            + $"({terms.SubnetLen} is {subnetLength}, the boundary below is {terms.Show(boundary)})");
    }

    private void CheckOrder(UInt128? min, UInt128? max)
    {
        if (min > max)
        {
            problems.Add($"{terms.SubnetMin} is behind {terms.SubnetMax} ({terms.SubnetMin} is {terms.Show(min.Value)}, "
                + $"{terms.SubnetMax} is {terms.Show(max.Value)}, expected the lower one first)");
        }
    }

    /// <summary>How many addresses a network has; its length is at least 1, so this cannot overflow.</summary>
    private UInt128 SizeOf(int length) => UInt128.One << (terms.Bits - length);

    private string ShowNetwork() => $"{terms.Show(network)}/{networkLength}";
}
