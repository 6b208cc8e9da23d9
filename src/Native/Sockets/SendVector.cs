using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>
/// Memory for what a worker sends, and message headers that describe pieces of it to the kernel: each message is one datagram, or
/// a bundle of equal datagrams that the kernel or the NIC cuts up (UDP_SEGMENT). Everything is allocated once; owned by one worker.
/// </summary>
public sealed unsafe class SendVector : IDisposable
{
    // Invariant: every pointer below points into _headers or _data, which live as long as this object; indexes and ranges that
    // reach them are checked.
    private readonly NativeBuffer _headers;
    private readonly NativeBuffer _data;
    private readonly mmsghdr* _messages;
    private readonly iovec* _vectors;
    private readonly SegmentControl* _controls;
    private readonly sockaddr_in* _addresses;

    /// <summary>Allocates.</summary>
    /// <param name="capacity">Messages, 1 to 1024 (the kernel takes no more in one call).</param>
    /// <param name="bytes">Of memory to send from.</param>
    public SendVector(int capacity, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1024);
        Capacity = capacity;
        _data = new NativeBuffer(bytes);
        _headers = new NativeBuffer((sizeof(mmsghdr) + sizeof(iovec) + sizeof(SegmentControl) + sizeof(sockaddr_in)) * capacity);
        _messages = (mmsghdr*)_headers.Start;
        _vectors = (iovec*)(_messages + capacity);
        _controls = (SegmentControl*)(_vectors + capacity);
        _addresses = (sockaddr_in*)(_controls + capacity);
        for (int i = 0; i < capacity; i++)
        {
            msghdr* header = HeaderAt(i);
            header->msg_iov = _vectors + i;
            header->msg_iovlen = 1;
            header->msg_name = _addresses + i;
            header->msg_namelen = sizeof(sockaddr_in);
        }
    }

    /// <summary>Messages that fit.</summary>
    public int Capacity { get; }

    /// <summary>The memory to send from.</summary>
    public Span<byte> Memory => _data.Span;

    /// <summary>Describes a message.</summary>
    /// <param name="index">0 to <see cref="Capacity"/> - 1.</param>
    /// <param name="offset">Where in <see cref="Memory"/> its bytes begin.</param>
    /// <param name="length">How many they are.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="segmentSize">Bytes of each datagram of a bundle but the last; 0 for a single datagram.</param>
    public void Describe(int index, int offset, int length, Ipv4Endpoint destination, int segmentSize)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)offset, (uint)_data.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)(_data.Length - offset));
        _vectors[index].iov_base = _data.Start + offset;
        _vectors[index].iov_len = length;
        SocketAddress.Write(_addresses + index, destination);
        msghdr* header = HeaderAt(index);
        if (segmentSize > 0)
        {
            _controls[index].Ask((ushort)segmentSize);
            header->msg_control = _controls + index;
            header->msg_controllen = SegmentControl.Size;
        }
        else
        {
            header->msg_control = null;
            header->msg_controllen = 0;
        }
    }

    /// <summary>Sends the first described messages without waiting.</summary>
    /// <returns>How many were sent, at least one; or why the first one was not.</returns>
    public SysResult Send(int socket, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Capacity);
        return SysResult.Of(MessageCalls.SendMany(socket, _messages, (uint)count, LibC.MSG_DONTWAIT));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _headers.Dispose();
        _data.Dispose();
    }

    // msg_hdr is the first member of struct mmsghdr; through the pointer its fields are set in place.
    private msghdr* HeaderAt(int index) => (msghdr*)(_messages + index);
}
