using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace FastFlannel.Native;

/// <summary>
/// Writes one netlink message into a caller's buffer: header, fixed part, attributes. Everything starts at a multiple of four
/// bytes, padding is zero, lengths are filled in. Requests are small and of known size: a buffer that cannot hold one is a
/// mistake in this program and throws <see cref="ArgumentOutOfRangeException"/>.
/// </summary>
internal ref struct NetlinkWriter
{
    private readonly Span<byte> _buffer;
    private int _length;

    /// <summary>Starts a message.</summary>
    /// <param name="buffer">Where to write; its content does not matter.</param>
    /// <param name="type">RTM_*.</param>
    /// <param name="flags">NLM_F_*.</param>
    public NetlinkWriter(Span<byte> buffer, ushort type, ushort flags)
    {
        _buffer = buffer;
        Append(new NetlinkHeader(0, type, flags, Sequence: 0, Port: 0));
    }

    /// <summary>The message so far, its length filled in; the sequence number is the connection's business.</summary>
    public readonly Span<byte> Message
    {
        get
        {
            uint length = (uint)_length;
            MemoryMarshal.Write(_buffer, in length);
            return _buffer[.._length];
        }
    }

    /// <summary>Adds the fixed part that follows the header, or raw bytes inside a nested attribute.</summary>
    public void Append<T>(in T body)
        where T : unmanaged => MemoryMarshal.Write(Reserve(Unsafe.SizeOf<T>()), in body);

    /// <summary>Adds an attribute of raw bytes.</summary>
    public void Attribute(ushort type, scoped ReadOnlySpan<byte> payload)
    {
        int header = Unsafe.SizeOf<AttributeHeader>();
        Append(new AttributeHeader((ushort)(header + payload.Length), type));
        payload.CopyTo(Reserve(payload.Length));
    }

    /// <summary>Adds an attribute of a 32-bit number, host byte order.</summary>
    public void Attribute(ushort type, uint value) => Attribute(type, MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in value)));

    /// <summary>Adds an attribute of text, closed by a zero byte.</summary>
    public void Attribute(ushort type, string text) => Attribute(type, Encoding.UTF8.GetBytes(text + '\0'));

    /// <summary>Adds an attribute of one byte, as yes and no are written.</summary>
    public void Attribute(ushort type, bool value) => Attribute(type, [value ? (byte)1 : (byte)0]);

    /// <summary>Adds an attribute of a UDP port, which travels in network byte order.</summary>
    public void AttributePort(ushort type, ushort port)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, port);
        Attribute(type, bytes);
    }

    /// <summary>Adds an attribute of an IPv4 or IPv6 address, which travels in network byte order.</summary>
    public void Attribute(ushort type, IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = address.TryWriteBytes(bytes, out int written);
        Attribute(type, bytes[..written]);
    }

    /// <summary>Adds an attribute of an Ethernet address.</summary>
    public void Attribute(ushort type, MacAddress address)
    {
        Span<byte> bytes = stackalloc byte[MacAddress.Size];
        address.CopyTo(bytes);
        Attribute(type, bytes);
    }

    /// <summary>Starts an attribute that holds what is added until <see cref="EndNested"/>.</summary>
    /// <returns>What <see cref="EndNested"/> wants.</returns>
    public int BeginNested(ushort type)
    {
        int start = _length;
        Append(new AttributeHeader(0, (ushort)(type | NetlinkAbi.NLA_F_NESTED)));
        return start;
    }

    /// <summary>Ends a nested attribute; inner ones end before outer ones.</summary>
    /// <param name="start">What <see cref="BeginNested"/> returned.</param>
    public readonly void EndNested(int start)
    {
        ushort length = (ushort)(_length - start);
        MemoryMarshal.Write(_buffer[start..], in length);
    }

    private Span<byte> Reserve(int length)
    {
        int padded = NetlinkAbi.Align(length);
        Span<byte> room = _buffer.Slice(_length, padded);
        room.Clear();
        _length += padded;
        return room[..length];
    }
}
