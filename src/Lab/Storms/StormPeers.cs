using System.Globalization;
using FastFlannel.Native;

namespace FastFlannel.Lab;

/// <summary>
/// The hosts of a storm, which are leases in etcd and nothing more: each has a subnet of the overlay, and a state of its lease after
/// the other, its generations. Each generation has an address of its own, in turn one of either <see cref="StormSink"/>, so that a
/// datagram tells by its address which state of which lease it was sent by.
/// </summary>
public sealed class StormPeers
{
    /// <summary>The most there may be.</summary>
    public const int MaxCount = 4000;

    /// <summary>What the leases are of.</summary>
    public const string Network = "10.0.0.0/10";

    private const uint FirstSubnet = 0x0A20_0000; // 10.32.0.0, above what a host that starts draws from
    private const uint FirstAddress = 0xAC10_0000; // 172.16.0.0
    private const int SinkBits = 15; // 172.16.0.0/17 and 172.16.128.0/17

    // One generation in so many is that the lease is deleted.
    private const int DeletedOne = 4;
    private const int DeletedAt = 3;

    // So many addresses are shared out. A peer's own come round again after seconds at 1,000 changes a second.
    private const int Addresses = 8192;
    private const int FewestSlots = 16;

    private readonly int _slots;
    private readonly long[] _begun;

    /// <summary>Describes peers, all of generation 0.</summary>
    /// <param name="count">How many.</param>
    /// <param name="steady">How many of them, the last ones, are left alone.</param>
    /// <param name="prefix">Where their leases are in etcd.</param>
    public StormPeers(int count, int steady, string prefix)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCount);
        (Count, Flapping, Prefix) = (count, count - steady, prefix);
        _slots = Math.Max(FewestSlots, Addresses / count / DeletedOne * DeletedOne);
        _begun = new long[count];
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>How many of them change.</summary>
    public int Flapping { get; }

    /// <summary>Where their leases are in etcd.</summary>
    public string Prefix { get; }

    /// <summary>How many leases there are.</summary>
    public int LeaseCount => Enumerable.Range(0, Count).Count(peer => !IsDeleted(peer, Begun(peer)));

    /// <summary>The underlay's network that belongs to a sink, 0 or 1.</summary>
    public static string NetworkOfSink(int sink) =>
        new Ipv4Prefix(new Ipv4Address(FirstAddress + ((uint)sink << SinkBits)), 32 - SinkBits).ToString();

    /// <summary>Whether a generation is that there is no lease. The first peer, whose changes are timed, always has one.</summary>
    public static bool IsDeleted(int peer, long generation) => peer != 0 && generation % DeletedOne == DeletedAt;

    /// <summary>The generation whose write has begun last.</summary>
    public long Begun(int peer) => Volatile.Read(ref _begun[peer]);

    /// <summary>The next generation, whose write begins now.</summary>
    public long BeginNext(int peer) => Interlocked.Increment(ref _begun[peer]);

    /// <summary>An address in a peer's subnet.</summary>
    public static uint TargetOf(int peer) => FirstSubnet + ((uint)peer << 8) + 1;

    /// <summary>The key of a peer's lease.</summary>
    public string KeyOf(int peer) => string.Create(
        CultureInfo.InvariantCulture, $"{Prefix}/subnets/{new Ipv4Address(FirstSubnet + ((uint)peer << 8))}-24");

    /// <summary>The value of a peer's lease in a generation.</summary>
    public string ValueOf(int peer, long generation) =>
        $$"""{"PublicIP":"{{new Ipv4Address(AddressOf(peer, (int)(generation % _slots)))}}","PublicIPv6":null}""";

    /// <summary>Every address that a peer may ever have.</summary>
    public IEnumerable<string> AllAddresses() =>
        from peer in Enumerable.Range(0, Count)
        from slot in Enumerable.Range(0, peer < Flapping ? _slots : 1)
        select new Ipv4Address(AddressOf(peer, slot)).ToString();

    /// <summary>Finds the lease that a datagram was sent by.</summary>
    /// <param name="address">Where it arrived.</param>
    /// <param name="peer">Whose lease.</param>
    /// <param name="generation">
    /// The lease's latest generation that the address can be of, or less than none when it never was: a later one has not begun.
    /// </param>
    /// <returns>Whether it is of a peer.</returns>
    public bool TryIdentify(uint address, out int peer, out long generation)
    {
        uint index = address - FirstAddress;
        uint half = index & ((1u << SinkBits) - 1);
        int perSink = _slots / 2;
        peer = (int)(half / (uint)perSink);
        generation = -1;
        if (index >> SinkBits > 1 || peer >= Count)
            return false;

        long slot = (half % (uint)perSink * 2) + (index >> SinkBits);
        long begun = Begun(peer);
        generation = begun - ((begun - slot + _slots) % _slots);
        return true;
    }

    private uint AddressOf(int peer, int slot) =>
        FirstAddress + (((uint)slot & 1) << SinkBits) + (uint)((peer * (_slots / 2)) + (slot >> 1));
}
