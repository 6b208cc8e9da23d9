using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace FastFlannel.Native;

/// <summary>
/// Walks the attributes of a message or of a nested attribute. Never throws and never reads outside: at the first attribute
/// that claims more than there is, or less than its own header, the walk ends.
/// </summary>
internal ref struct NetlinkAttributes(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public NetlinkAttribute Current { get; private set; }

    public readonly NetlinkAttributes GetEnumerator() => this;

    public bool MoveNext()
    {
        int headerSize = Unsafe.SizeOf<AttributeHeader>();
        if (!MemoryMarshal.TryRead(_rest, out AttributeHeader header)
            || header.Length < headerSize
            || header.Length > _rest.Length)
        {
            return false;
        }

        Current = new NetlinkAttribute((ushort)(header.Type & NetlinkAbi.NLA_TYPE_MASK), _rest[headerSize..header.Length]);
        _rest = _rest[Math.Min(NetlinkAbi.Align(header.Length), _rest.Length)..];
        return true;
    }
}

/// <summary>One attribute. A payload of another size than asked for reads as nothing, never as an error.</summary>
internal readonly ref struct NetlinkAttribute(ushort type, ReadOnlySpan<byte> payload)
{
    /// <summary>What it is, without the flag bits.</summary>
    public ushort Type { get; } = type;

    public ReadOnlySpan<byte> Payload { get; } = payload;

    /// <summary>The attributes inside.</summary>
    public NetlinkAttributes Nested => new(Payload);

    /// <summary>A number in host byte order; 0 when there are fewer than four bytes.</summary>
    public uint ToUInt32() => MemoryMarshal.TryRead(Payload, out uint value) ? value : 0;

    /// <summary>A number in host byte order; 0 when there are fewer than four bytes.</summary>
    public int ToInt32() => (int)ToUInt32();

    /// <summary>A number in network byte order, as ports are; 0 when there are fewer than two bytes.</summary>
    public ushort ToPort() => BinaryPrimitives.TryReadUInt16BigEndian(Payload, out ushort value) ? value : (ushort)0;

    /// <summary>Whether its one byte is set.</summary>
    public bool ToBoolean() => Payload.Length > 0 && Payload[0] != 0;

    /// <summary>The UTF-8 text up to the first zero byte or the end.</summary>
    public string ToText()
    {
        int end = Payload.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? Payload : Payload[..end]);
    }

    /// <summary>An address in network byte order; null when the payload is neither 4 nor 16 bytes.</summary>
    public IPAddress? ToAddress() => Payload.Length is 4 or 16 ? new IPAddress(Payload) : null;

    /// <summary>An Ethernet address; null when the payload is not 6 bytes.</summary>
    public MacAddress? ToMacAddress() => Payload.Length == MacAddress.Size ? MacAddress.From(Payload) : null;
}
