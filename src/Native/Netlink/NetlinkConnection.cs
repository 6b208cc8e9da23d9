using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace FastFlannel.Native;

/// <summary>Makes an object of a message, or says that the message holds none of the kind.</summary>
internal delegate bool NetlinkParser<T>(NetlinkMessage message, [MaybeNullWhen(false)] out T value);

/// <summary>
/// Requests and their answers over one socket: numbers them, waits for the acknowledgement, gathers dumps. Used by one thread
/// at a time. What a call was doing is given as words that complete the sentence <c>cannot ...</c>.
/// </summary>
internal sealed class NetlinkConnection(NetlinkSocket socket) : IDisposable
{
    // A dump is interrupted when the list changes meanwhile; only a host in constant change does that so often in a row.
    private const int MaxDumps = 10;
    private const int SequenceOffset = 8; // of nlmsg_seq in struct nlmsghdr
    private const int LargestPart = 32 * 1024; // what the kernel fills at most with one part of a dump

    private readonly byte[] _request = new byte[1024];

    // Lent, for some look at the kernel's lists every few seconds. What does not fit is received into one of our own.
    private byte[]? _lent;
    private byte[] _received = [];
    private uint _sequence;

    /// <summary>Starts a request in the connection's own buffer; the request before it is gone.</summary>
    /// <param name="type">RTM_*.</param>
    /// <param name="flags">NLM_F_* beyond NLM_F_REQUEST and NLM_F_ACK, which are always set.</param>
    public NetlinkWriter Begin(ushort type, ushort flags = 0) =>
        new(_request, type, (ushort)(flags | NetlinkAbi.NLM_F_REQUEST | NetlinkAbi.NLM_F_ACK));

    /// <summary>Has a change made.</summary>
    /// <param name="what">What is being done.</param>
    /// <param name="request">The request.</param>
    /// <param name="tolerated">An errno that means there was nothing to do; 0 for none.</param>
    /// <returns>False when the kernel answered with <paramref name="tolerated"/>.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public bool Execute(string what, NetlinkWriter request, int tolerated = 0)
    {
        NetlinkAnswer answer = Exchange<byte>(what, request.Message, parse: null, results: [], out _);
        if (answer.Errno == 0)
            return true;

        return answer.Errno == tolerated ? false : throw new SysException(what, answer.Errno, answer.Detail);
    }

    /// <summary>Has many changes made, each whether or not the one before it succeeded.</summary>
    /// <param name="what">What is being done.</param>
    /// <param name="batch">The requests.</param>
    /// <returns>The answer to each.</returns>
    /// <exception cref="SysException">The socket failed; some of the changes may have been made.</exception>
    public NetlinkAnswer[] Execute(string what, NetlinkBatch batch)
    {
        var answers = new NetlinkAnswer[batch.Count];
        if (batch.Count == 0)
            return answers;

        uint first = _sequence + 1;
        _sequence += (uint)batch.Count;
        batch.Number(first);
        Send(what, batch.Datagram);
        var missing = new HashSet<uint>(Enumerable.Range(0, batch.Count).Select(i => (uint)i));
        while (missing.Count > 0)
        {
            foreach (NetlinkMessage message in Receive(what))
            {
                // Another number belongs to a request that was given up half-way.
                uint index = message.Header.Sequence - first;
                if (NetlinkAnswer.Ends(message.Header) && missing.Remove(index))
                    answers[index] = NetlinkAnswer.Read(message, batch[(int)index]);
            }
        }

        return answers;
    }

    /// <summary>Asks for one object.</summary>
    /// <param name="what">What is being done.</param>
    /// <param name="request">The request.</param>
    /// <param name="parse">Makes the object.</param>
    /// <param name="absent">An errno that means that there is no such object; 0 for none.</param>
    /// <returns>The object, or null when there is none.</returns>
    /// <exception cref="SysException">The kernel refused.</exception>
    public T? Get<T>(string what, NetlinkWriter request, NetlinkParser<T> parse, int absent = 0)
        where T : class
    {
        List<T> results = [];
        NetlinkAnswer answer = Exchange(what, request.Message, parse, results, out _);
        if (answer.Errno != 0 && answer.Errno != absent)
            throw new SysException(what, answer.Errno, answer.Detail);

        return results.FirstOrDefault();
    }

    /// <summary>Asks for all objects of a kind, in the kernel's order.</summary>
    /// <param name="what">What is being done.</param>
    /// <param name="request">A request with NLM_F_DUMP.</param>
    /// <param name="parse">Makes an object.</param>
    /// <param name="absent">What errno means that there are none.</param>
    /// <exception cref="SysException">The kernel refused, or the list never held still while it was read.</exception>
    public List<T> Dump<T>(string what, NetlinkWriter request, NetlinkParser<T> parse, params ReadOnlySpan<int> absent)
    {
        for (int i = 0; i < MaxDumps; i++)
        {
            List<T> results = [];
            NetlinkAnswer answer = Exchange(what, request.Message, parse, results, out bool interrupted);
            if (answer.Errno != 0 && !absent.Contains(answer.Errno))
                throw new SysException(what, answer.Errno, answer.Detail);

            if (!interrupted)
                return results;
        }

        throw new SysException(what, Errno.EAGAIN, $"the list changed while it was read, {MaxDumps} times in a row");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        socket.Dispose();
        if (Interlocked.Exchange(ref _lent, null) is { } lent)
            ArrayPool<byte>.Shared.Return(lent);
    }

    /// <summary>Sends a request and reads until its acknowledgement or the end of its dump.</summary>
    private NetlinkAnswer Exchange<T>(
        string what, Span<byte> request, NetlinkParser<T>? parse, List<T> results, out bool interrupted)
    {
        _sequence++;
        MemoryMarshal.Write(request[SequenceOffset..], in _sequence);
        interrupted = false;
        Send(what, request);
        while (true)
        {
            foreach (NetlinkMessage message in Receive(what))
            {
                // Another number belongs to a request that was given up half-way.
                if (message.Header.Sequence != _sequence)
                    continue;

                interrupted |= (message.Header.Flags & NetlinkAbi.NLM_F_DUMP_INTR) != 0;
                if (NetlinkAnswer.Ends(message.Header))
                    return NetlinkAnswer.Read(message, request);

                if (parse is not null && parse(message, out T? value))
                    results.Add(value);
            }
        }
    }

    private void Send(string what, ReadOnlySpan<byte> requests)
    {
        SysResult sent = socket.Send(requests);
        if (!sent.Ok)
            throw new SysException(what, sent.Errno, "sending the request");
    }

    /// <summary>Waits for the next datagram of the kernel's.</summary>
    private NetlinkReader Receive(string what)
    {
        if (_received.Length == 0)
            _received = _lent = ArrayPool<byte>.Shared.Rent(LargestPart);

        SysResult received = socket.Receive(ref _received);
        return received.Ok && received.Value > 0
            ? new NetlinkReader(_received.AsSpan(0, received.Value))
            : throw new SysException(what, received.Ok ? Errno.EIO : received.Errno, "waiting for the kernel's answer");
    }
}
