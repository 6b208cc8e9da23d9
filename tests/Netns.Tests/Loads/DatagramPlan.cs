using System.Buffers.Binary;

namespace FastFlannel.Netns.Tests;

/// <summary>What a flow of datagrams consists of.</summary>
[Flags]
internal enum DatagramKinds
{
    /// <summary>Each of another size, up to the overlay's MTU.</summary>
    Mixed = 1,

    /// <summary>Runs of one size, a call each.</summary>
    Runs = 2,

    /// <summary>Runs of one size but for a shorter last one, in one call (UDP_SEGMENT), as QUIC sends them.</summary>
    Bundles = 4,

    /// <summary>Larger than the overlay's MTU: IP fragments.</summary>
    Fragments = 8,

    /// <summary>
    /// Says of the whole flow that its datagrams have no checksum (SO_NO_CHECK, over IPv4 alone); the kernel makes no bundles of such.
    /// </summary>
    WithoutChecksum = 16,

    /// <summary>All that are no fragments.</summary>
    Whole = Mixed | Runs | Bundles,
}

/// <summary>Datagrams that are handed over together, and acknowledged together.</summary>
/// <param name="First">The sequence number of the first.</param>
/// <param name="Count">How many.</param>
/// <param name="IsBundle">Whether in one call.</param>
internal readonly record struct DatagramBurst(int First, int Count, bool IsBundle);

/// <summary>
/// The datagrams of one flow, which both sides know: length and bytes follow from the flow's and the datagram's number alone.
/// Those with room for it begin with both numbers, so that a wrong one can be told.
/// </summary>
internal sealed class DatagramPlan
{
    /// <summary>The longest datagram of <see cref="DatagramKinds.Fragments"/>.</summary>
    public const int MaximumSize = 12000;

    private const int LargestWhole = 1472 - 40 - 8; // also over IPv6
    private const int BurstSize = 32;
    private const int LargestBundle = 60000;
    private const int NumbersSize = 8;

    private readonly int _flow;
    private readonly List<int> _sizes = [];
    private readonly List<DatagramBurst> _bursts = [];
    private readonly byte[] _bytes = new byte[65536 + MaximumSize];

    /// <summary>Plans a flow.</summary>
    /// <param name="flow">Its number; flows of different numbers have different datagrams.</param>
    /// <param name="datagrams">How many at least.</param>
    /// <param name="kinds">Of what kinds.</param>
    public DatagramPlan(int flow, int datagrams, DatagramKinds kinds)
    {
        _flow = flow;
        var random = new Random(flow);
        random.NextBytes(_bytes);
        DatagramKinds[] choice = [.. Enum.GetValues<DatagramKinds>().Where(kind => int.IsPow2((int)kind) && kind < DatagramKinds.WithoutChecksum && kinds.HasFlag(kind))];
        while (_sizes.Count < datagrams)
            Plan(choice[random.Next(choice.Length)], random);
    }

    /// <summary>The bursts, in the order they are sent.</summary>
    public IReadOnlyList<DatagramBurst> Bursts => _bursts;

    /// <summary>How many datagrams there are.</summary>
    public int Count => _sizes.Count;

    /// <summary>A datagram's length.</summary>
    public int Size(int number) => _sizes[number];

    /// <summary>Writes a datagram.</summary>
    /// <param name="number">Its sequence number, from 0.</param>
    /// <param name="room">Room for it.</param>
    /// <returns>Its length.</returns>
    public int Write(int number, Span<byte> room)
    {
        int size = _sizes[number];
        _bytes.AsSpan((int)((uint)number * 7919u % 65536u), size).CopyTo(room);
        if (size >= NumbersSize)
        {
            BinaryPrimitives.WriteInt32LittleEndian(room, _flow);
            BinaryPrimitives.WriteInt32LittleEndian(room[4..], number);
        }

        return size;
    }

    /// <summary>The flow and the sequence number that a datagram says it has.</summary>
    /// <returns>Null when it is too short to say so.</returns>
    public static (int Flow, int Number)? NumbersOf(ReadOnlySpan<byte> datagram) => datagram.Length < NumbersSize
        ? null
        : (BinaryPrimitives.ReadInt32LittleEndian(datagram), BinaryPrimitives.ReadInt32LittleEndian(datagram[4..]));

    private void Plan(DatagramKinds kind, Random random)
    {
        int first = _sizes.Count;
        int size = random.Next(1, LargestWhole + 1);
        switch (kind)
        {
            case DatagramKinds.Mixed:
                _sizes.AddRange(Enumerable.Range(0, BurstSize).Select(_ => random.Next(1, LargestWhole + 1)));
                break;
            case DatagramKinds.Fragments:
                _sizes.AddRange(Enumerable.Range(0, BurstSize / 8).Select(_ => random.Next(LargestWhole + 1, MaximumSize + 1)));
                break;
            default:
                int count = random.Next(2, Math.Min(BurstSize, LargestBundle / size) + 1);
                _sizes.AddRange(Enumerable.Repeat(size, count - 1));
                _sizes.Add(kind == DatagramKinds.Bundles ? random.Next(1, size + 1) : size);
                break;
        }

        _bursts.Add(new DatagramBurst(first, _sizes.Count - first, kind == DatagramKinds.Bundles));
    }
}
