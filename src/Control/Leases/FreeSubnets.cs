using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>Finds the subnets that nobody holds.</summary>
internal static class FreeSubnets
{
    /// <summary>The lowest IPv4 subnets from SubnetMin to SubnetMax that overlap no taken one of any length.</summary>
    /// <param name="config">Range and length.</param>
    /// <param name="taken">What is held, in any order.</param>
    /// <param name="limit">How many are enough.</param>
    public static List<Ipv4Prefix> First(NetworkConfig config, IEnumerable<Ipv4Prefix> taken, int limit)
    {
        var range = new SubnetRange(config.SubnetLen, config.SubnetMin.Value, config.SubnetMax.Value);
        IEnumerable<Span> spans = taken.Select(subnet => new Span(subnet.Network.Value, subnet.Last.Value));
        return [.. Walk(range, 32, spans, limit).Select(start => new Ipv4Prefix(new Ipv4Address((uint)start), config.SubnetLen))];
    }

    /// <summary>The same for IPv6, from IPv6SubnetMin to IPv6SubnetMax.</summary>
    /// <inheritdoc cref="First(NetworkConfig, IEnumerable{Ipv4Prefix}, int)"/>
    public static List<Ipv6Prefix> First(NetworkConfig config, IEnumerable<Ipv6Prefix> taken, int limit)
    {
        var range = new SubnetRange(config.IPv6SubnetLen, config.IPv6SubnetMin.Value, config.IPv6SubnetMax.Value);
        IEnumerable<Span> spans = taken.Select(subnet => new Span(subnet.Network.Value, subnet.Last.Value));
        return [.. Walk(range, 128, spans, limit).Select(start => new Ipv6Prefix(new Ipv6Address(start), config.IPv6SubnetLen))];
    }

    /// <summary>
    /// One sort of the taken ones and one walk along them and the candidates: nodes that start at once must not each need
    /// seconds.
    /// </summary>
    /// <returns>The first address of each free one.</returns>
    private static List<UInt128> Walk(SubnetRange range, int bits, IEnumerable<Span> taken, int limit)
    {
        Span[] sorted = [.. taken.OrderBy(span => span.First)];
        List<UInt128> free = [];
        UInt128 size = UInt128.One << (bits - range.Length);
        UInt128 start = range.Min;
        int next = 0;
        while (start <= range.Max && free.Count < limit)
        {
            while (next < sorted.Length && sorted[next].Last < start)
                next++;

            UInt128 last = start + (size - 1);
            if (next < sorted.Length && sorted[next].First <= last)
            {
                // A larger one covers many candidates, a smaller one only this; behind either is a boundary again.
                last = UInt128.Max(last, sorted[next].Last);
            }
            else
            {
                free.Add(start);
            }

            // Asked before the step, which may lead over the last address of all.
            if (last >= range.Max)
                break;

            start = last + 1;
        }

        return free;
    }

    /// <summary>A held subnet as its first and last address.</summary>
    private readonly record struct Span(UInt128 First, UInt128 Last);
}
