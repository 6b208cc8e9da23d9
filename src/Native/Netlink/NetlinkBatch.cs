using System.Runtime.InteropServices;

namespace FastFlannel.Native;

/// <summary>
/// Requests one behind the other in one buffer, to be sent with one system call. The kernel handles them in their order and
/// acknowledges each; all acknowledgements wait in the socket's receive buffer until they are read, which limits their number.
/// </summary>
internal sealed class NetlinkBatch
{
    // An acknowledgement with the kernel's words takes less than 2 KiB of a receive buffer, of which a socket has 208 KiB unless
    // the host's administrator says otherwise.
    private const int MaxRequests = 64;
    private const int MaxRequestSize = 1024;
    private const int SequenceOffset = 8; // of nlmsg_seq in struct nlmsghdr

    private readonly byte[] _buffer = new byte[MaxRequests * MaxRequestSize];
    private readonly List<Range> _requests = new(MaxRequests);
    private int _length;

    /// <summary>Whether another request fits.</summary>
    public bool HasRoom => _requests.Count < MaxRequests;

    /// <summary>Requests.</summary>
    public int Count => _requests.Count;

    /// <summary>All requests, to be sent.</summary>
    public ReadOnlySpan<byte> Datagram => _buffer.AsSpan(0, _length);

    /// <summary>One request.</summary>
    public ReadOnlySpan<byte> this[int index] => _buffer.AsSpan(_requests[index]);

    /// <summary>Starts the next request.</summary>
    /// <param name="type">RTM_*.</param>
    /// <param name="flags">NLM_F_* beyond NLM_F_REQUEST and NLM_F_ACK, which are always set.</param>
    public NetlinkWriter Begin(ushort type, ushort flags) => new(
        _buffer.AsSpan(_length, MaxRequestSize), type, (ushort)(flags | NetlinkAbi.NLM_F_REQUEST | NetlinkAbi.NLM_F_ACK));

    /// <summary>Takes the request in.</summary>
    public void End(NetlinkWriter request)
    {
        int end = _length + request.Message.Length;
        _requests.Add(_length..end);
        _length = end;
    }

    /// <summary>Numbers the requests.</summary>
    /// <param name="first">The first one's number; the others follow.</param>
    public void Number(uint first)
    {
        for (int i = 0; i < _requests.Count; i++)
        {
            uint sequence = first + (uint)i;
            MemoryMarshal.Write(_buffer.AsSpan(_requests[i])[SequenceOffset..], in sequence);
        }
    }

    /// <summary>Makes room for the next batch.</summary>
    public void Clear()
    {
        _requests.Clear();
        _length = 0;
    }
}
