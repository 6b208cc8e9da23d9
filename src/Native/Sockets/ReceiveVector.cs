using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>
/// Memory for a batch of received messages, each one datagram or, where the socket has UDP_GRO, a bundle of datagrams from one
/// sender, all but the last of one size. Everything is allocated once; owned by one worker.
/// </summary>
public sealed unsafe class ReceiveVector : IDisposable
{
    // Buffers are not a power of two apart, or the first lines of all of them would compete for one set of the CPU's caches.
    private const int Stagger = 192;

    // Invariant: every pointer below points into _headers or Memory, which live as long as this object, and every index that
    // reaches them went through Check.
    private readonly NativeBuffer _headers;
    private readonly mmsghdr* _messages;
    private readonly iovec* _vectors;
    private readonly SegmentControl* _controls;
    private readonly sockaddr_in* _addresses;
    private readonly int _bufferSize;
    private readonly int _stride;
    private int _used;

    /// <summary>Allocates the batch.</summary>
    /// <param name="capacity">Messages, 1 to 1024 (the kernel takes no more in one call).</param>
    /// <param name="bufferSize">Bytes for each message.</param>
    public ReceiveVector(int capacity, int bufferSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1024);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bufferSize);
        Capacity = _used = capacity;
        _bufferSize = bufferSize;
        _stride = ((bufferSize + 63) & ~63) + Stagger;
        Memory = new NativeBuffer(_stride * capacity);
        _headers = new NativeBuffer((sizeof(mmsghdr) + sizeof(iovec) + sizeof(SegmentControl) + sizeof(sockaddr_in)) * capacity);
        _messages = (mmsghdr*)_headers.Start;
        _vectors = (iovec*)(_messages + capacity);
        _controls = (SegmentControl*)(_vectors + capacity);
        _addresses = (sockaddr_in*)(_controls + capacity);
        for (int i = 0; i < capacity; i++)
        {
            _vectors[i].iov_base = Memory.Start + (i * _stride);
            _vectors[i].iov_len = bufferSize;
            msghdr* header = HeaderAt(i);
            header->msg_iov = _vectors + i;
            header->msg_iovlen = 1;
            header->msg_name = _addresses + i;
            header->msg_control = _controls + i;
        }
    }

    /// <summary>Messages that fit.</summary>
    public int Capacity { get; }

    /// <summary>Where all of them lie.</summary>
    public NativeBuffer Memory { get; }

    /// <summary>Receives what is there without waiting.</summary>
    /// <param name="socket">A UDP socket.</param>
    /// <param name="limit">Messages at most, up to <see cref="Capacity"/>.</param>
    /// <returns>How many; EAGAIN when there is none.</returns>
    public SysResult Receive(int socket, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)limit, (uint)Capacity);
        for (int i = 0; i < _used; i++)
        {
            // The kernel overwrote these with what it delivered last time. Untouched headers stay out of the CPU's caches.
            HeaderAt(i)->msg_namelen = sizeof(sockaddr_in);
            HeaderAt(i)->msg_controllen = SegmentControl.Size;
        }

        SysResult received = SysResult.Of(
            MessageCalls.ReceiveMany(socket, _messages, (uint)limit, LibC.MSG_DONTWAIT, null));
        _used = received.Ok ? received.Value : 1;
        return received;
    }

    /// <summary>Where in <see cref="Memory"/> a message begins.</summary>
    public int Offset(int index) => Check(index) * _stride;

    /// <summary>How many bytes the last <see cref="Receive"/> put there.</summary>
    public int Length(int index) => (int)_messages[Check(index)].msg_len;

    /// <summary>Bytes of each datagram of a bundle but the last, which may be shorter; 0 for a single datagram.</summary>
    public int SegmentSize(int index) => _controls[Check(index)].Told((int)HeaderAt(index)->msg_controllen);

    /// <summary>Whether the message was longer than its buffer, so that its end is lost.</summary>
    public bool IsTruncated(int index) => (HeaderAt(Check(index))->msg_flags & LibC.MSG_TRUNC) != 0;

    /// <summary>Who sent the message.</summary>
    public Ipv4Endpoint Source(int index) => SocketAddress.Read(_addresses + Check(index));

    /// <inheritdoc/>
    public void Dispose()
    {
        _headers.Dispose();
        Memory.Dispose();
    }

    // msg_hdr is the first member of struct mmsghdr; through the pointer its fields are set in place.
    private msghdr* HeaderAt(int index) => (msghdr*)(_messages + index);

    private int Check(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Capacity);
        return index;
    }
}
