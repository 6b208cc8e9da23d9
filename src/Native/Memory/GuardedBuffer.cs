using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>
/// Memory that ends where a page begins that nobody may touch (mprotect(2)): a read or write behind a span that ends there ends the
/// process at once. For tests of code that no longer checks every access, as the checksum's vectors do.
/// </summary>
internal sealed unsafe class GuardedBuffer : IDisposable
{
    // Invariant: _start points to _length bytes of this object's own mapping, behind which the guard page lies.
    private readonly int _length;
    private byte* _start;

    /// <summary>Maps memory.</summary>
    /// <param name="length">Bytes, more than 0; rounded up to whole pages.</param>
    /// <exception cref="SysException">There is no memory.</exception>
    public GuardedBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        int page = Environment.SystemPageSize;
        _length = (length + page - 1) / page * page;
        void* mapped = LibC.mmap(
            null, _length + page, LibC.PROT_READ | LibC.PROT_WRITE, LibC.MAP_PRIVATE | LibC.MAP_ANONYMOUS, -1, 0);
        if (mapped == LibC.MAP_FAILED)
            throw new SysException("map memory", Marshal.GetLastPInvokeError());

        _start = (byte*)mapped;
        if (LibC.mprotect(_start + _length, page, LibC.PROT_NONE) == 0)
            return;

        int errno = Marshal.GetLastPInvokeError();
        Free();
        throw new SysException("protect a page", errno);
    }

    /// <summary>Unmaps what was not disposed.</summary>
    ~GuardedBuffer() => Free();

    /// <summary>The bytes directly before the guard page. Not valid after <see cref="Dispose"/>.</summary>
    /// <param name="length">Up to what was asked for.</param>
    public Span<byte> Last(int length)
    {
        ObjectDisposedException.ThrowIf(_start == null, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_length);
        return new Span<byte>(_start + _length - length, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_start != null)
            _ = LibC.munmap(_start, _length + Environment.SystemPageSize);

        _start = null;
    }
}
