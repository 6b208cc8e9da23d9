using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>Finds the subnets that nobody holds.</summary>
internal static class FreeSubnets
{
    /// <summary>
    /// The lowest subnets from SubnetMin to SubnetMax that overlap no taken one, whatever that one's prefix length. One sort of
    /// the taken ones and one walk along them and the candidates: nodes that start at once must not each need seconds.
    /// </summary>
    /// <param name="config">Range and length.</param>
    /// <param name="taken">What is held, in any order.</param>
    /// <param name="limit">How many are enough.</param>
    public static List<Ipv4Prefix> First(NetworkConfig config, IEnumerable<Ipv4Prefix> taken, int limit)
    {
        Ipv4Prefix[] sorted = [.. taken.OrderBy(subnet => subnet.Network)];
        List<Ipv4Prefix> free = [];
        ulong size = 1UL << (32 - config.SubnetLen);
        int next = 0;

        // 64 bits, so that the step over 255.255.255.255 ends the walk.
        for (ulong start = config.SubnetMin.Value; start <= config.SubnetMax.Value && free.Count < limit;)
        {
            while (next < sorted.Length && sorted[next].Last.Value < start)
                next++;

            var candidate = new Ipv4Prefix(new Ipv4Address((uint)start), config.SubnetLen);
            if (next < sorted.Length && sorted[next].Overlaps(candidate))
            {
                // A larger one covers many candidates, a smaller one only this; behind either is a boundary again.
                start = Math.Max(candidate.Last.Value, sorted[next].Last.Value) + 1UL;
                continue;
            }

            free.Add(candidate);
            start += size;
        }

        return free;
    }
}
