using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// Packets on their way out. A packet is read straight into the next free buffer and committed there, or not; the batch then goes
/// to the kernel in as few calls as it takes. A datagram that the kernel refuses never holds up those behind it.
/// </summary>
internal sealed class SendBatch : IDisposable
{
    private readonly DatagramVector _datagrams;
    private readonly int[] _lengths;
    private readonly Counters _counters;
    private int _head;
    private int _count;

    public SendBatch(int capacity, int bufferSize, Counters counters)
    {
        _counters = counters;
        _datagrams = new DatagramVector(capacity, bufferSize);
        _lengths = new int[capacity];
    }

    /// <summary>Whether no packet waits to be sent.</summary>
    public bool IsEmpty => _head == _count;

    /// <summary>Whether no buffer is free until the batch is sent.</summary>
    public bool IsFull => _count == _datagrams.Capacity;

    /// <summary>The buffer that the next packet is read into.</summary>
    public Span<byte> FreeBuffer => _datagrams.Buffer(_count);

    /// <summary>The packet that is sent next.</summary>
    public Span<byte> HeadPacket => _datagrams.Buffer(_head)[.._lengths[_head]];

    /// <summary>Keeps the packet in <see cref="FreeBuffer"/> for sending.</summary>
    public void Commit(int length, Ipv4Endpoint destination)
    {
        _lengths[_count] = length;
        _datagrams.Address(_count, length, destination);
        _count++;
    }

    /// <summary>Sends from the head on, and counts what was sent.</summary>
    /// <returns>How many packets have left the batch; or why the first one has not.</returns>
    public SysResult TrySend(int socket)
    {
        SysResult result = _datagrams.Send(socket, _head, _count - _head);
        if (result.Ok)
        {
            foreach (int length in _lengths.AsSpan(_head, result.Value))
                _counters.Forwarded(length);

            Remove(result.Value);
        }

        return result;
    }

    /// <summary>Gives the head up.</summary>
    public void DropHead() => Remove(1);

    public void Dispose() => _datagrams.Dispose();

    private void Remove(int count)
    {
        _head += count;
        if (_head == _count)
            _head = _count = 0;
    }
}
