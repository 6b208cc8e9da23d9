using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>
/// One packet in pieces: a head of its own, then slices of another memory in order, written to the kernel in one call without
/// putting them together first (writev(2)). Owned by one worker.
/// </summary>
public sealed unsafe class GatherVector : IDisposable
{
    // Invariant: every pointer points into _own or _memory; _memory outlives this object, and slices are checked against it.
    private readonly NativeBuffer _memory;
    private readonly NativeBuffer _own;
    private readonly iovec* _vectors;
    private readonly int _headRoom;
    private readonly int _capacity;
    private int _count;

    /// <summary>Allocates.</summary>
    /// <param name="memory">What the slices are of; must outlive this object.</param>
    /// <param name="headRoom">Bytes of the longest head.</param>
    /// <param name="slices">At most, up to 1023 (IOV_MAX with the head).</param>
    public GatherVector(NativeBuffer memory, int headRoom, int slices)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(headRoom);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)slices, 1023u);
        _memory = memory;
        _headRoom = headRoom;
        _capacity = slices;
        int vectorBytes = sizeof(iovec) * (slices + 1);
        _own = new NativeBuffer(vectorBytes + headRoom);
        _vectors = (iovec*)_own.Start;
        _vectors[0].iov_base = _own.Start + vectorBytes;
    }

    /// <summary>Room for the head.</summary>
    public Span<byte> Head => new(_vectors[0].iov_base, _headRoom);

    /// <summary>Forgets all slices.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds a slice at the end.</summary>
    public void Add(int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(_count, _capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)offset, (uint)_memory.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)(_memory.Length - offset));
        _count++;
        _vectors[_count].iov_base = _memory.Start + offset;
        _vectors[_count].iov_len = length;
    }

    /// <summary>Writes head and slices as one.</summary>
    /// <param name="descriptor">A TUN queue.</param>
    /// <param name="headLength">Bytes of <see cref="Head"/> that count.</param>
    public SysResult Write(int descriptor, int headLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)headLength, (uint)_headRoom);
        _vectors[0].iov_len = headLength;
        return SysResult.Of(MessageCalls.WriteGathered(descriptor, _vectors, _count + 1));
    }

    /// <inheritdoc/>
    public void Dispose() => _own.Dispose();
}
