using System.Numerics;
using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// One address family's half of a <see cref="RouteTable"/>. One hash probe for each prefix length in use, longest first.
/// </summary>
/// <typeparam name="TNumber">An address in host byte order: 32 bits, or 128.</typeparam>
internal sealed class PrefixTable<TNumber>
    where TNumber : unmanaged, IBinaryInteger<TNumber>
{
    private static readonly int Bits = TNumber.Zero.GetByteCount() * 8;

    private readonly Level[] _levels;

    /// <summary>Makes it.</summary>
    /// <param name="routes">Prefixes without host bits; of two that are equal the later wins.</param>
    public PrefixTable(IEnumerable<Entry> routes)
    {
        // Made anew for every change of a peer: nothing is allocated that the table does not keep, but for this.
        Entry[] all = [.. routes];
        int[] perLength = new int[Bits + 1];
        foreach (Entry route in all)
            perLength[route.Length]++;

        var byLength = new Level?[Bits + 1];
        foreach (Entry route in all)
        {
            Level level = byLength[route.Length] ??= new Level(route.Length, perLength[route.Length]);
            if (level.Set(route))
                Count++;
        }

        _levels = [.. byLength.OfType<Level>().Reverse()];
    }

    /// <summary>How many routes there are.</summary>
    public int Count { get; }

    /// <summary>Finds the next hop of the longest prefix that an address is in.</summary>
    public bool TryFind(TNumber address, out Ipv4Endpoint nextHop)
    {
        foreach (Level level in _levels)
        {
            if (level.TryFind(address, out nextHop))
                return true;
        }

        nextHop = default;
        return false;
    }

    /// <summary>A prefix and where packets to it go.</summary>
    public readonly record struct Entry(TNumber Network, int Length, Ipv4Endpoint NextHop);

    /// <summary>All routes of one prefix length: open addressing, linear probing, at most half full.</summary>
    private sealed class Level
    {
        private readonly Slot[] _slots;
        private readonly TNumber _mask;
        private readonly int _shift;
        private readonly int _hostBits;

        /// <param name="length">The prefixes' length.</param>
        /// <param name="most">How many routes there will be at the most.</param>
        public Level(int length, int most)
        {
            int bits = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)most * 2));
            _slots = new Slot[1 << bits];
            _mask = length == 0 ? TNumber.Zero : TNumber.AllBitsSet << (Bits - length);
            _shift = 32 - bits;

            // Shifting by all bits would shift by none. The default route's network is zero, however far it is shifted.
            _hostBits = length == 0 ? 0 : Bits - length;
        }

        /// <summary>Adds a route, or replaces that of the same prefix; only while the table is made.</summary>
        /// <returns>Whether it was added.</returns>
        public bool Set(Entry route)
        {
            int index = FirstSlot(route.Network);
            while (_slots[index].IsUsed && _slots[index].Network != route.Network)
                index = (index + 1) & (_slots.Length - 1);

            bool isNew = !_slots[index].IsUsed;
            _slots[index] = new Slot(route.Network, route.NextHop, IsUsed: true);
            return isNew;
        }

        public bool TryFind(TNumber address, out Ipv4Endpoint nextHop)
        {
            TNumber network = address & _mask;
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

        // Multiplicative hashing (2^32 / golden ratio) of the bits that differ between subnets: the lowest of their networks.
        private int FirstSlot(TNumber network) => (int)((uint.CreateTruncating(network >> _hostBits) * 2654435769u) >> _shift);
    }

    private readonly record struct Slot(TNumber Network, Ipv4Endpoint NextHop, bool IsUsed);
}
