using System.Numerics;
using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>A peer's subnet and where its packets go.</summary>
/// <param name="Subnet">The peer's subnet.</param>
/// <param name="NextHop">The peer's public address and port.</param>
public readonly record struct Route(Ipv4Prefix Subnet, Ipv4Endpoint NextHop);

/// <summary>
/// An immutable snapshot of the overlay's routes; a change makes a new one. The longest prefix wins. One hash probe for each
/// prefix length in use, which for a flannel network is one.
/// </summary>
public sealed class RouteTable
{
    private readonly Level[] _levels;

    /// <summary>Makes a snapshot.</summary>
    /// <param name="routes">The routes; of two with one subnet the later wins.</param>
    public RouteTable(IEnumerable<Route> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        Dictionary<Ipv4Prefix, Ipv4Endpoint> bySubnet = [];
        foreach (Route route in routes)
            bySubnet[route.Subnet] = route.NextHop;

        Count = bySubnet.Count;
        _levels = [.. bySubnet.GroupBy(r => r.Key.Length).OrderByDescending(g => g.Key).Select(g => new Level(g.Key, [.. g]))];
    }

    /// <summary>The table that knows no peer.</summary>
    public static RouteTable Empty { get; } = new([]);

    /// <summary>How many routes there are.</summary>
    public int Count { get; }

    /// <summary>Finds where a packet goes.</summary>
    /// <param name="destination">The packet's destination.</param>
    /// <param name="nextHop">The peer that leases it.</param>
    /// <returns>Whether a peer leases it.</returns>
    public bool TryFind(Ipv4Address destination, out Ipv4Endpoint nextHop)
    {
        foreach (Level level in _levels)
        {
            if (level.TryFind(destination.Value, out nextHop))
                return true;
        }

        nextHop = default;
        return false;
    }

    /// <summary>All routes of one prefix length: open addressing, linear probing, at most half full.</summary>
    private sealed class Level
    {
        private readonly Slot[] _slots;
        private readonly uint _mask;
        private readonly int _shift;
        private readonly int _hostBits;

        public Level(int length, KeyValuePair<Ipv4Prefix, Ipv4Endpoint>[] routes)
        {
            int bits = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)routes.Length * 2));
            _slots = new Slot[1 << bits];
            _mask = Ipv4Prefix.MaskOf(length);
            _shift = 32 - bits;
            _hostBits = 32 - length;
            foreach ((Ipv4Prefix subnet, Ipv4Endpoint nextHop) in routes)
            {
                int index = FirstSlot(subnet.Network.Value);
                while (_slots[index].IsUsed)
                    index = (index + 1) & (_slots.Length - 1);

                _slots[index] = new Slot(subnet.Network.Value, nextHop, IsUsed: true);
            }
        }

        public bool TryFind(uint destination, out Ipv4Endpoint nextHop)
        {
            uint network = destination & _mask;
            Slot[] slots = _slots;
            int index = FirstSlot(network);
            while (true)
            {
                // The slots are a power of two, so masking keeps every index inside; and an unused one always comes.
                ref readonly Slot slot = ref slots[index & (slots.Length - 1)];
                if (!slot.IsUsed || slot.Network == network)
                {
                    nextHop = slot.NextHop;
                    return slot.IsUsed;
                }

                index++;
            }
        }

        // Multiplicative hashing (2^32 / golden ratio) of the bits that differ between subnets.
        private int FirstSlot(uint network) => (int)(((_hostBits == 32 ? 0 : network >> _hostBits) * 2654435769u) >> _shift);
    }

    private readonly record struct Slot(uint Network, Ipv4Endpoint NextHop, bool IsUsed);
}
