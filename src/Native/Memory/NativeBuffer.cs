using System.Runtime.InteropServices;

namespace FastFlannel.Native;

/// <summary>
/// Zeroed, cache-line aligned memory outside the GC heap, for buffers whose addresses the kernel keeps in message headers.
/// Owned by one worker; it must outlive every span taken from it.
/// </summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    private const int Alignment = 64;
    private byte* _start;

    /// <summary>Allocates memory.</summary>
    /// <param name="length">Bytes, more than 0.</param>
    public NativeBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        _start = (byte*)NativeMemory.AlignedAlloc((nuint)length, Alignment);
        NativeMemory.Clear(_start, (nuint)length);
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
        NativeMemory.AlignedFree(_start);
        _start = null;
    }
}
