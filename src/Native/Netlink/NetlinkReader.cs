using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastFlannel.Native;

/// <summary>
/// Walks the messages of one datagram: <c>foreach (NetlinkMessage message in new NetlinkReader(datagram))</c>. Never throws and
/// never reads outside: at the first message that claims more than there is, or less than its own header, the walk ends.
/// </summary>
internal ref struct NetlinkReader(ReadOnlySpan<byte> datagram)
{
    private ReadOnlySpan<byte> _rest = datagram;

    public NetlinkMessage Current { get; private set; }

    public readonly NetlinkReader GetEnumerator() => this;

    public bool MoveNext()
    {
        int headerSize = Unsafe.SizeOf<NetlinkHeader>();
        if (!MemoryMarshal.TryRead(_rest, out NetlinkHeader header)
            || header.Length < headerSize
            || header.Length > _rest.Length)
        {
            return false;
        }

        int length = (int)header.Length;
        Current = new NetlinkMessage(header, _rest[headerSize..length]);
        _rest = _rest[Math.Min(NetlinkAbi.Align(length), _rest.Length)..];
        return true;
    }
}

/// <summary>One message: its header and the bytes behind it. Valid as long as the buffer it was read from.</summary>
internal readonly ref struct NetlinkMessage(NetlinkHeader header, ReadOnlySpan<byte> body)
{
    public NetlinkHeader Header { get; } = header;

    public ReadOnlySpan<byte> Body { get; } = body;

    /// <summary>Takes the body apart into its fixed part and its attributes.</summary>
    /// <returns>False when the body is too short for the fixed part.</returns>
    public bool TryRead<T>(out T fixedPart, out NetlinkAttributes attributes)
        where T : unmanaged
    {
        bool fits = MemoryMarshal.TryRead(Body, out fixedPart);
        attributes = new NetlinkAttributes(fits ? Body[Math.Min(NetlinkAbi.Align(Unsafe.SizeOf<T>()), Body.Length)..] : default);
        return fits;
    }
}
