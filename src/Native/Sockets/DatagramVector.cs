using System.Buffers.Binary;
using System.Diagnostics;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>
/// Memory for a batch of datagrams and the message headers that describe them to the kernel: for each datagram one buffer, one
/// iovec and one IPv4 address. Everything is allocated once; owned by one worker.
/// </summary>
public sealed unsafe class DatagramVector : IDisposable
{
    // Buffers are not a power of two apart, or the first lines of all of them would compete for one set of the CPU's caches.
    private const int Stagger = 192;

    // Invariant: every pointer below points into _headers or _data, which live as long as this object, and every index that
    // reaches them went through Check.
    private readonly NativeBuffer _headers;
    private readonly NativeBuffer _data;
    private readonly mmsghdr* _messages;
    private readonly iovec* _vectors;
    private readonly sockaddr_in* _addresses;
    private readonly int _stride;

    /// <summary>Allocates the batch.</summary>
    /// <param name="capacity">Datagrams, 1 to 1024 (the kernel takes no more in one call).</param>
    /// <param name="bufferSize">Bytes for each datagram.</param>
    public DatagramVector(int capacity, int bufferSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1024);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bufferSize);
        Capacity = capacity;
        BufferSize = bufferSize;
        _stride = ((bufferSize + 63) & ~63) + Stagger;
        _data = new NativeBuffer(_stride * capacity);
        _headers = new NativeBuffer((sizeof(mmsghdr) + sizeof(iovec) + sizeof(sockaddr_in)) * capacity);
        _messages = (mmsghdr*)_headers.Start;
        _vectors = (iovec*)(_messages + capacity);
        _addresses = (sockaddr_in*)(_vectors + capacity);
        for (int i = 0; i < capacity; i++)
        {
            _vectors[i].iov_base = _data.Start + (i * _stride);
            msghdr* header = HeaderAt(i);
            header->msg_iov = _vectors + i;
            header->msg_iovlen = 1;
            header->msg_name = _addresses + i;
        }
    }

    /// <summary>Datagrams that fit.</summary>
    public int Capacity { get; }

    /// <summary>Bytes that fit in each datagram's buffer.</summary>
    public int BufferSize { get; }

    /// <summary>The whole buffer of a datagram.</summary>
    public Span<byte> Buffer(int index) => new(_data.Start + (Check(index) * _stride), BufferSize);

    /// <summary>Receives what is there, up to <see cref="Capacity"/> datagrams, without waiting.</summary>
    /// <returns>How many; EAGAIN when there is none.</returns>
    public SysResult Receive(int socket)
    {
        for (int i = 0; i < Capacity; i++)
        {
            // The kernel overwrote these with what it delivered last time.
            _vectors[i].iov_len = BufferSize;
            HeaderAt(i)->msg_namelen = sizeof(sockaddr_in);
        }

        return SysResult.Of(DatagramCalls.ReceiveMany(socket, _messages, (uint)Capacity, LibC.MSG_DONTWAIT, null));
    }

    /// <summary>What the last <see cref="Receive"/> put into a buffer.</summary>
    public Span<byte> Received(int index) => Buffer(index)[..(int)_messages[Check(index)].msg_len];

    /// <summary>Whether the datagram was longer than its buffer, so that its end is lost.</summary>
    public bool IsTruncated(int index) => (HeaderAt(Check(index))->msg_flags & LibC.MSG_TRUNC) != 0;

    /// <summary>Who sent the datagram.</summary>
    public Ipv4Endpoint Source(int index)
    {
        byte* address = (byte*)(_addresses + Check(index));
        return new Ipv4Endpoint(
            new Ipv4Address(BinaryPrimitives.ReadUInt32BigEndian(new ReadOnlySpan<byte>(address + 4, 4))),
            BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(address + 2, 2)));
    }

    /// <summary>Says how much of a buffer to send, and where to.</summary>
    public void Address(int index, int length, Ipv4Endpoint destination)
    {
        Debug.Assert((uint)length <= (uint)BufferSize, "a datagram lies inside its buffer");
        WriteAddress(_addresses + Check(index), destination);
        _vectors[index].iov_len = length;
        HeaderAt(index)->msg_namelen = sizeof(sockaddr_in);
    }

    /// <summary>Sends addressed datagrams without waiting.</summary>
    /// <param name="socket">A UDP socket.</param>
    /// <param name="first">The first datagram to send.</param>
    /// <param name="count">How many.</param>
    /// <returns>How many were sent, at least one; or why the first one was not.</returns>
    public SysResult Send(int socket, int first, int count)
    {
        _ = Check(first + count - 1);
        return SysResult.Of(DatagramCalls.SendMany(socket, _messages + first, (uint)count, LibC.MSG_DONTWAIT));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _headers.Dispose();
        _data.Dispose();
    }

    internal static void WriteAddress(sockaddr_in* target, Ipv4Endpoint endpoint)
    {
        // struct sockaddr_in (netinet/in.h): family in host order, then port and address in network order.
        byte* bytes = (byte*)target;
        target->sin_family = LibC.AF_INET;
        BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(bytes + 2, 2), endpoint.Port);
        BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(bytes + 4, 4), endpoint.Address.Value);
    }

    // msg_hdr is the first member of struct mmsghdr; through the pointer its fields are set in place.
    private msghdr* HeaderAt(int index) => (msghdr*)(_messages + index);

    private int Check(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Capacity);
        return index;
    }
}
