using FastFlannel.Native;

namespace FastFlannel.Router;

/// <summary>
/// One TUN queue and one socket with the two threads that carry packets between them. It shares nothing writable with other
/// workers. As long as there is little to carry, the first thread carries it both ways: to wake a thread costs more than to handle
/// a few packets, and a packet's answer is often there as soon as it is delivered. Under load the second thread takes the way in,
/// until there is nothing to do on it for a while.
/// </summary>
internal sealed class Worker : IDisposable
{
    private const int FailurePauseMilliseconds = 100;

    // A turn that moves this much is load; and this long without work, the second thread gives its direction back.
    private const int LoadBytes = 16 << 10;
    private const int RestMilliseconds = 20;

    private readonly TunQueue _tun;
    private readonly UdpSocket _socket;
    private readonly WakeEvent _wake;
    private readonly Action<LoopResult> _ended;
    private readonly Outbound _outbound;
    private readonly Inbound _inbound;
    private readonly Signal _inboundTaken = Signal.Create();
    private readonly Signal _inboundReturned = Signal.Create();
    private readonly Signal _nudged = Signal.Create();
    private readonly Thread[] _threads;
    private readonly LoopMeter _first = new();
    private readonly LoopMeter _second = new();
    private volatile bool _isShared;

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
        _threads = [NewThread("router", RunFirst), NewThread("router-in", RunSecond)];
    }

    /// <summary>What went from the TUN queue to peers.</summary>
    public Counters OutboundCounters { get; } = new();

    /// <summary>What came from peers to the TUN queue.</summary>
    public Counters InboundCounters { get; } = new();

    /// <summary>Who sent what was dropped on the way in.</summary>
    public DropSources DropSources => _inbound.DropSources;

    /// <summary>Bytes that both threads have allocated on the GC heap since they began: none for a packet.</summary>
    public long AllocatedBytes => _first.Bytes + _second.Bytes;

    /// <summary>How far its threads have come. The first makes a turn when it is nudged, the second as long as it has a direction.</summary>
    public WorkerTurns Turns => new(_first.Turns, _isShared ? _second.Turns : null);

    public void Start()
    {
        foreach (Thread thread in _threads)
            thread.Start();
    }

    /// <summary>
    /// Has the worker make a turn, be there work or not. It then waits anew, also for a socket that has taken the place of its own
    /// (<see cref="UdpSocket.Replace"/>).
    /// </summary>
    public void Nudge()
    {
        using BorrowedDescriptor nudged = _nudged.Borrow();
        Signal.Set(nudged.Number);
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
        _inboundTaken.Dispose();
        _inboundReturned.Dispose();
        _nudged.Dispose();
    }

    private static Thread NewThread(string name, ThreadStart run) => new(run, maxStackSize: 256 * 1024)
    {
        Name = name,
        IsBackground = true,
    };

    private void RunFirst()
    {
        using BorrowedDescriptor tun = _tun.Borrow();
        using BorrowedDescriptor socket = _socket.Borrow();
        using BorrowedDescriptor wake = _wake.Borrow();
        using BorrowedDescriptor taken = _inboundTaken.Borrow();
        using BorrowedDescriptor returned = _inboundReturned.Borrow();
        using BorrowedDescriptor nudged = _nudged.Borrow();
        var on = new LoopDescriptors(tun.Number, socket.Number, wake.Number);
        _first.Begin();
        bool alone = true;
        LoopResult result;
        do
        {
            ReadySet ready = DescriptorIo.WaitEitherReadable(
                on.Tun, alone ? on.Socket : returned.Number, on.Wake, nudged.Number);
            bool isSecondReady = (ready & ReadySet.Second) != 0;
            long before = OutboundCounters.Bytes + InboundCounters.Bytes;
            result = LoopResult.Idle;
            if ((ready & ReadySet.Woken) != 0)
                break;

            // The second thread waits for short times only, so that it needs no telling.
            if ((ready & ReadySet.Signalled) != 0)
                _ = Signal.Clear(nudged.Number);

            if (alone && isSecondReady)
                result = Finish(_inbound.RunOnce(on), _first, on.Wake);

            // Also when only the socket was ready: what came in may have been answered already.
            if (result is not (LoopResult.DeviceGone or LoopResult.Stopped))
                result = Finish(_outbound.RunOnce(on), _first, on.Wake);

            if (!alone && isSecondReady && Signal.Clear(returned.Number))
            {
                _isShared = false;
                alone = true;
            }
            else if (alone && OutboundCounters.Bytes + InboundCounters.Bytes - before >= LoadBytes)
            {
                Signal.Set(taken.Number);
                _isShared = true;
                alone = false;
            }
        }
        while (result is not (LoopResult.DeviceGone or LoopResult.Stopped));

        _ended(result);
    }

    private void RunSecond()
    {
        using BorrowedDescriptor tun = _tun.Borrow();
        using BorrowedDescriptor socket = _socket.Borrow();
        using BorrowedDescriptor wake = _wake.Borrow();
        using BorrowedDescriptor taken = _inboundTaken.Borrow();
        using BorrowedDescriptor returned = _inboundReturned.Borrow();
        var on = new LoopDescriptors(tun.Number, socket.Number, wake.Number);
        _second.Begin();
        LoopResult result = LoopResult.Idle;
        while (result is not (LoopResult.DeviceGone or LoopResult.Stopped)
            && DescriptorIo.WaitReadable(taken.Number, on.Wake) == WaitResult.Ready)
        {
            // An interrupted wait is no signal: the first thread may be on the way in still.
            if (!Signal.Clear(taken.Number))
                continue;

            result = RunInbound(on);
            Signal.Set(returned.Number);
        }

        _ended(result);
    }

    /// <summary>Carries packets in until there are none for a while.</summary>
    private LoopResult RunInbound(LoopDescriptors on)
    {
        while (true)
        {
            LoopResult result = Finish(_inbound.RunOnce(on), _second, on.Wake);
            if (result is LoopResult.DeviceGone or LoopResult.Stopped)
                return result;

            WaitResult waited = result == LoopResult.Busy
                ? DescriptorIo.WaitForWake(on.Wake, 0)
                : DescriptorIo.WaitReadable(on.Socket, on.Wake, RestMilliseconds);
            if (waited == WaitResult.Woken)
                return LoopResult.Stopped;

            if (waited == WaitResult.TimedOut && result == LoopResult.Idle)
                return LoopResult.Idle;
        }
    }

    /// <summary>After a turn: notes it and what it allocated, and pauses when it failed.</summary>
    private static LoopResult Finish(LoopResult turn, LoopMeter meter, int wake)
    {
        meter.Read();
        return turn == LoopResult.Failing && DescriptorIo.WaitForWake(wake, FailurePauseMilliseconds) == WaitResult.Woken
            ? LoopResult.Stopped
            : turn;
    }
}
