using FastFlannel.Control;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastFlannel.Daemon.Tests;

public sealed class ServiceManagerTests : IDisposable
{
    private const string SignOfLife = "WATCHDOG=1";
    private const string MoreTime = "EXTEND_TIMEOUT_USEC=30000000";

    private readonly ShiftedTime _time = new();
    private readonly Said _said = new();
    private readonly Readiness _readiness = new();
    private readonly NodeStatus _status = new();
    private readonly Pulse _pulse;
    private readonly ServiceManager _manager;

    public ServiceManagerTests()
    {
        _pulse = new Pulse(_time);
        _manager = Watched(TimeSpan.FromSeconds(30));
    }

    public void Dispose() => _manager.Dispose();

    [Fact]
    public void A_start_that_waits_says_for_what_and_gets_more_time()
    {
        using Heartbeat heart = _pulse.Begin("read the network config");
        heart.Beat("no etcd\nanswers");
        _manager.Report();
        _manager.Report();

        Assert.Equal(
            ["STATUS=Waiting to read the network config: no etcd answers", SignOfLife, MoreTime, SignOfLife, MoreTime],
            _said.Lines);
    }

    [Fact]
    public void A_start_that_is_stuck_gets_no_more_time()
    {
        _manager.Report();

        Assert.Equal(["STATUS=Starting"], _said.Lines);
    }

    [Fact]
    public void A_stalled_loop_ends_the_signs_of_life_until_it_turns_again()
    {
        _readiness.Announce();
        using Heartbeat good = _pulse.Begin("good");
        using Heartbeat bad = _pulse.Begin("bad");
        _manager.Report();
        Assert.Equal(SignOfLife, _said.Lines[^1]);
        int before = _said.Lines.Count;

        _time.Shift += Pulse.LongestTurn + TimeSpan.FromSeconds(1);
        good.Beat();
        _manager.Report();
        Assert.Equal(before, _said.Lines.Count);

        bad.Beat();
        _manager.Report();
        Assert.Equal(SignOfLife, _said.Lines[^1]);
        Assert.Equal(before + 1, _said.Lines.Count);
    }

    [Fact]
    public void Who_is_not_watched_shows_no_life()
    {
        using Heartbeat heart = _pulse.Begin("loop");
        using ServiceManager manager = Watched(null);
        _readiness.Announce();
        manager.Report();

        Assert.DoesNotContain(SignOfLife, _said.Lines);
    }

    [Theory]
    [InlineData("30000000", "", 30_000)]
    [InlineData("30000000", "7", 30_000)]
    [InlineData("30000000", "8", null)]
    [InlineData("", "7", null)]
    [InlineData("0", "7", null)]
    [InlineData("-1", "7", null)]
    [InlineData("99999999999999999999", "7", null)]
    public void The_interval_is_systemds_if_it_is_for_this_process(string microseconds, string process, int? milliseconds)
    {
        var watchdog = WatchdogInterval.Of(name => name == "WATCHDOG_USEC" ? microseconds : process, processId: 7);

        Assert.Equal(milliseconds, (int?)watchdog.Interval?.TotalMilliseconds);
    }

    private ServiceManager Watched(TimeSpan? interval) => new(
        _said, new WatchdogInterval(interval), _readiness, _status, _pulse, _time, NullLogger<ServiceManager>.Instance);

    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Shift.Ticks;
    }

    private sealed class Said : ISystemdNotifier
    {
        public List<string> Lines { get; } = [];

        public bool IsEnabled => true;

        public void Notify(ServiceState state) => Lines.Add(state.ToString());
    }
}
