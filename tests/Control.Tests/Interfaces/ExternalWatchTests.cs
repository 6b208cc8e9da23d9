using System.Threading.Channels;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>A real kernel that takes addresses away and gives others: a tunnel of the test's own namespace stands for the card.</summary>
public class ExternalWatchTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public void Another_address_is_taken_into_use_once_and_its_own_return_is_no_reason_to_go_back() => RunOnHost(host =>
    {
        host.Delete("10.77.0.1");
        host.Add("10.77.0.9");
        Assert.Equal("10.77.0.9", host.NextMove().Address.ToString());
        host.Add("10.77.0.1");
        host.Delete("10.77.0.9");
        Assert.Equal("10.77.0.1", host.NextMove().Address.ToString());
        Assert.Equal((2L, null), (host.Status.Moves, host.Status.AddressTrouble));
    });

    [Fact]
    public void An_address_that_comes_back_in_time_was_never_away() => RunOnHost(
        host =>
        {
            host.Delete("10.77.0.1");
            host.Add("10.77.0.1");

            // A watch that had taken the first event for a loss would have told by the time the next ones are seen.
            host.Add("10.77.0.2");
            host.Delete("10.77.0.2");
            Assert.Empty(host.Logger.Lines);
            Assert.Equal((0L, null), (host.Status.Moves, host.Status.AddressTrouble));
        },
        grace: TimeSpan.FromMinutes(1));

    [Fact]
    public void An_address_that_is_gone_is_told_once_and_its_return_too() => RunOnHost(host =>
    {
        host.Delete("10.77.0.1");
        host.Until(() => host.Status.Obstacle is not null);
        Assert.Contains("the address 10.77.0.1 is gone from fi0", host.Status.Obstacle, StringComparison.Ordinal);
        host.Add("10.77.0.1");
        host.Until(() => host.Status.Obstacle is null);
        Assert.Equal(2, host.Logger.Lines.Count);
        Assert.Contains("can be reached again", host.Logger.Lines[1], StringComparison.Ordinal);
    });

    [Fact]
    public void What_cannot_be_taken_into_use_is_tried_again() => RunOnHost(
        host =>
        {
            host.Delete("10.77.0.1");
            host.Add("10.77.0.9");
            host.Until(() => host.Status.Obstacle is not null);
            Assert.Contains("from 10.77.0.1 to 10.77.0.9: cannot try", host.Status.Obstacle, StringComparison.Ordinal);
            Assert.Equal("10.77.0.9", host.NextMove().Address.ToString());
            host.Until(() => host.Status.Obstacle is null);
        },
        refusals: 1);

    private static void RunOnHost(Action<Host> test, TimeSpan? grace = null, int refusals = 0) => NetworkNamespace.RunInNew(() =>
    {
        TunQueue[] card = TunQueue.Create("fi0", 1);
        try
        {
            using var netlink = RouteNetlink.Open();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            var host = new Host(netlink, refusals);
            Task watching = host.WatchAsync(grace ?? TimeSpan.FromMilliseconds(100), stop.Token);
            test(host);
            Assert.False(watching.IsCompleted);
            stop.Cancel();
            _ = Assert.ThrowsAny<OperationCanceledException>(() => watching.GetAwaiter().GetResult());
        }
        finally
        {
            card[0].Dispose();
        }
    });

    private sealed class Host
    {
        private readonly RouteNetlink _netlink;
        private readonly int _link;
        private readonly Channel<ExternalInterface> _moves = Channel.CreateUnbounded<ExternalInterface>();
        private int _refusals;

        public Host(RouteNetlink netlink, int refusals)
        {
            (_netlink, _refusals) = (netlink, refusals);
            _link = netlink.FindLink("fi0")!.Index;
            netlink.ChangeLink(_link, new LinkChange(Up: true));
            Add("10.77.0.1");
        }

        public NodeStatus Status { get; } = new();

        public RecordingLogger Logger { get; } = new();

        public Task WatchAsync(TimeSpan grace, CancellationToken cancellation)
        {
            var options = new InterfaceOptions { Interfaces = ["fi0"] };
            NetworkConfig config = NetworkConfigReader.Read("""{"Network":"10.5.0.0/16"}""").Value!;
            ExternalInterface external = InterfaceSelector.Select(InterfaceSnapshot.Read(_netlink), options);
            var watch = new ExternalWatch(external, options, config, Move, Status, TimeProvider.System, Logger) { Grace = grace };
            return watch.RunAsync(cancellation);
        }

        public void Add(string address) => Assert.True(_netlink.AddAddress(_link, Ipv4Address.Parse(address), 32));

        public void Delete(string address) => Assert.True(_netlink.DeleteAddress(_link, Ipv4Address.Parse(address), 32));

        public ExternalInterface NextMove()
        {
            ExternalInterface? move = null;
            Until(() => _moves.Reader.TryRead(out move));
            return move!;
        }

        public void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, Limit), string.Join('\n', Logger.Lines));

        private void Move(ExternalInterface next)
        {
            if (_refusals-- > 0)
                throw new SysException("try", Errno.EADDRINUSE);

            Assert.True(_moves.Writer.TryWrite(next));
        }
    }
}
