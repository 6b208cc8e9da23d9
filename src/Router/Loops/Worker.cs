using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// One TUN queue and one socket with the two threads that carry packets between them. It shares nothing writable with other
/// workers.
/// </summary>
internal sealed class Worker : IDisposable
{
    private const int FailurePauseMilliseconds = 100;

    private readonly TunQueue _tun;
    private readonly UdpSocket _socket;
    private readonly WakeEvent _wake;
    private readonly Action<LoopResult> _ended;
    private readonly Outbound _outbound;
    private readonly Inbound _inbound;
    private readonly Thread[] _threads;

    /// <summary>Makes a worker that is not running yet.</summary>
    /// <param name="tun">Its queue; belongs to the router's owner.</param>
    /// <param name="socket">Its socket; belongs to the router's owner.</param>
    /// <param name="wake">Set when all are to stop.</param>
    /// <param name="settings">What does not change.</param>
    /// <param name="routes">Where packets go.</param>
    /// <param name="ended">Called once by each thread, with why it ended.</param>
    public Worker(
        TunQueue tun, UdpSocket socket, WakeEvent wake, RouterSettings settings, CurrentRoutes routes, Action<LoopResult> ended)
    {
        _tun = tun;
        _socket = socket;
        _wake = wake;
        _ended = ended;
        _outbound = new Outbound(settings, routes, OutboundCounters);
        _inbound = new Inbound(settings, routes, InboundCounters);
        _threads = [NewThread("outbound", RunOutbound), NewThread("inbound", RunInbound)];
    }

    /// <summary>What went from the TUN queue to peers.</summary>
    public Counters OutboundCounters { get; } = new();

    /// <summary>What came from peers to the TUN queue.</summary>
    public Counters InboundCounters { get; } = new();

    public void Start()
    {
        foreach (Thread thread in _threads)
            thread.Start();
    }

    /// <summary>Waits for both threads, which the wake event has told to stop.</summary>
    public void Join()
    {
        foreach (Thread thread in _threads)
        {
            if (!thread.ThreadState.HasFlag(ThreadState.Unstarted))
                thread.Join();
        }
    }

    public void Dispose()
    {
        _outbound.Dispose();
        _inbound.Dispose();
    }

    private static Thread NewThread(string name, ThreadStart run) => new(run, maxStackSize: 256 * 1024)
    {
        Name = name,
        IsBackground = true,
    };

    private void RunOutbound()
    {
        using BorrowedDescriptor tun = _tun.Borrow();
        using BorrowedDescriptor socket = _socket.Borrow();
        using BorrowedDescriptor wake = _wake.Borrow();
        var on = new LoopDescriptors(tun.Number, socket.Number, wake.Number);
        LoopResult result;
        do
            result = Rest(_outbound.RunOnce(on), OutboundCounters, on.Tun, on.Wake);
        while (result is not (LoopResult.DeviceGone or LoopResult.Stopped));

        _ended(result);
    }

    private void RunInbound()
    {
        using BorrowedDescriptor tun = _tun.Borrow();
        using BorrowedDescriptor socket = _socket.Borrow();
        using BorrowedDescriptor wake = _wake.Borrow();
        var on = new LoopDescriptors(tun.Number, socket.Number, wake.Number);
        LoopResult result;
        do
            result = Rest(_inbound.RunOnce(on), InboundCounters, on.Socket, on.Wake);
        while (result is not (LoopResult.DeviceGone or LoopResult.Stopped));

        _ended(result);
    }

    /// <summary>Between two turns: blocks until there is work, or until told to stop. A busy loop only looks whether it is told to.</summary>
    private static LoopResult Rest(LoopResult turn, Counters counters, int source, int wake)
    {
        counters.Allocated(GC.GetAllocatedBytesForCurrentThread());
        WaitResult waited = turn switch
        {
            LoopResult.Idle => DescriptorIo.WaitReadable(source, wake),
            LoopResult.Busy => DescriptorIo.WaitForWake(wake, 0),
            LoopResult.Failing => DescriptorIo.WaitForWake(wake, FailurePauseMilliseconds),
            _ => WaitResult.Ready,
        };
        return waited == WaitResult.Woken ? LoopResult.Stopped : turn;
    }
}
