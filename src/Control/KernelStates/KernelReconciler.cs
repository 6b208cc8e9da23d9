using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// Brings the kernel to what a plan wants and keeps it there (ADR 10): the plan says what should be, netlink what is, and the
/// difference is applied. A pass does all of it; it follows every change of the plan, whatever others do to the kernel, and at
/// the latest a timer.
/// </summary>
internal sealed class KernelReconciler : IDisposable
{
    private const int MostLines = 20;
    private static readonly TimeSpan SlowTimer = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RepairLinePause = TimeSpan.FromSeconds(10);

    private readonly Lock _turn = new();
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RouteNetlink _netlink;
    private readonly KernelEvents _events;
    private readonly DeviceKeeper _devices;
    private readonly Troubles _troubles;
    private volatile KernelStatus _status = KernelStatus.None;
    private IKernelPlan? _plan;
    private HashSet<KernelEntry> _inForce = [];
    private long _repairs;
    private long _saidRepairs;
    private long? _saidAt;

    /// <summary>Opens netlink; nothing is changed yet.</summary>
    /// <exception cref="SysException">The process has no descriptor left.</exception>
    public KernelReconciler(TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
        _netlink = RouteNetlink.Open();
        _events = new KernelEvents(time);
        _devices = new DeviceKeeper(_netlink, logger);
        _troubles = new Troubles(time);
    }

    /// <summary>How it stood at the end of the last pass; a pass in a large cluster takes longer than who asks wants to wait.</summary>
    public KernelStatus Status => _status;

    /// <summary>Puts a plan in force in place of the one before, as far as the kernel lets; the rest is tried again.</summary>
    public void Apply(IKernelPlan plan)
    {
        lock (_turn)
        {
            _plan = plan;
            _troubles.RetryAll();
            Pass(plan);
        }
    }

    /// <summary>Keeps the plan in force until told to stop.</summary>
    public async Task RunAsync(Pulse pulse, CancellationToken cancellation)
    {
        using Heartbeat heart = pulse.Begin("keep the kernel as it should be");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task listening = _events.ListenAsync(stop.Token);
        try
        {
            while (true)
            {
                if (listening.IsFaulted)
                    await listening;

                heart.Beat();
                bool isHopeful = await _events.WaitAsync(UntilTimer(), cancellation);
                lock (_turn)
                {
                    if (isHopeful)
                        _troubles.RetryAll();

                    if (_plan is { } plan)
                        Pass(plan);
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await listening.ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _events.Dispose();
        lock (_turn)
            _netlink.Dispose();
    }

    private TimeSpan UntilTimer()
    {
        lock (_turn)
            return _troubles.UntilNext is { } next && next < SlowTimer ? next : SlowTimer;
    }

    private void Pass(IKernelPlan plan)
    {
        long began = _time.GetTimestamp();
        var pass = new ReconcilePass(_netlink, _devices, _troubles);
        try
        {
            pass.Run(plan);
        }
        catch (SysException e)
        {
            // The socket itself: what the kernel refuses of one entry is that entry's failure.
            pass.Failures["netlink"] = e.Message;
            pass.LeaveAlone(_troubles.Now.Keys, _inForce);
        }

        Report(pass);
        _status = new KernelStatus(_repairs + _devices.Repairs, _troubles.Now);
        _events.Watch(pass.Links, _time.GetElapsedTime(began));
    }

    private void Report(ReconcilePass pass)
    {
        KernelEntry[] repaired = [.. pass.Made.Where(_inForce.Contains)];
        KernelEntry[] left = [.. pass.Deleted.Where(entry => !_inForce.Contains(entry))];
        _inForce = pass.InForce;
        ReportRepairs(repaired);
        if (left.Length > 0)
            _logger.EntriesRemoved(left.Length, left[0]);

        (IReadOnlyDictionary<string, string> news, IReadOnlyList<string> over) = _troubles.Settle(pass.Failures, pass.Waiting);
        foreach ((string subject, string cause) in news.Take(MostLines))
            _logger.NotInForce(subject, cause);

        foreach (string subject in over.Take(MostLines))
            _logger.TroubleOver(subject);

        int rest = Math.Max(0, news.Count - MostLines) + Math.Max(0, over.Count - MostLines);
        if (rest > 0)
            _logger.MoreTroubles(rest);
    }

    /// <summary>Counts every one and says so now and then: who fights with us would fill the log.</summary>
    private void ReportRepairs(KernelEntry[] repaired)
    {
        _repairs += repaired.Length;
        if (repaired.Length == 0 || (_saidAt is { } at && _time.GetElapsedTime(at) < RepairLinePause))
            return;

        _logger.EntriesPutBack(_repairs - _saidRepairs, repaired[0]);
        _saidRepairs = _repairs;
        _saidAt = _time.GetTimestamp();
    }
}
