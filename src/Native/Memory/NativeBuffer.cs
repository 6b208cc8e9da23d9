using System.Runtime.InteropServices;

namespace FastFlannel.Native;

/// <summary>
/// Zeroed, cache-line aligned memory outside the GC heap, for buffers whose addresses the kernel keeps in message headers. Of a
/// large one, what was never written to takes no memory. Owned by one worker; it must outlive every span taken from it.
/// </summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    private const int Alignment = 64;

    // Invariant: _start points to Length bytes inside of what _allocated begins.
    private void* _allocated;
    private byte* _start;

    /// <summary>Allocates memory.</summary>
    /// <param name="length">Bytes, more than 0.</param>
    public NativeBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);

        // Asked for zeros, the C library takes fresh pages as they are. The aligning call knows no zeros, and to write them would have
        // the kernel give all pages at once: megabytes a worker that few bursts ever reach.
        _allocated = NativeMemory.AllocZeroed((nuint)length + Alignment - 1);
        _start = (byte*)(((nuint)_allocated + Alignment - 1) & ~(nuint)(Alignment - 1));
        Length = length;
    }

    /// <summary>Frees what was not disposed.</summary>
    ~NativeBuffer() => Free();

    /// <summary>Bytes.</summary>
    public int Length { get; }

    /// <summary>All of the memory. Not valid after <see cref="Dispose"/>.</summary>
    public Span<byte> Span => new(Start, Length);

    internal byte* Start
    {
        get
        {
            ObjectDisposedException.ThrowIf(_start == null, this);
            return _start;
        }
    }

    /// <summary>Frees the memory; spans taken before must not be used again.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(_allocated);
        _allocated = _start = null;
    }
}
