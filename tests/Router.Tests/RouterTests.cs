using System.Globalization;
using System.Runtime.InteropServices;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public sealed class RouterTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly LoopRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task Carries_packets_both_ways_until_it_is_disposed()
    {
        Router router = NewRouter();
        router.Start();
        _rig.SendAsKernel(TestPacket.Make());
        _rig.SendAsPeer(TestPacket.Make(source: TestPacket.Remote, destination: TestPacket.Local));
        await Until(() => router.Outbound.Packets == 1 && router.Inbound.Packets == 1);

        router.Dispose();
        Assert.Equal(RouterEnd.Stopped, await router.Completion.WaitAsync(Limit, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Can_be_disposed_of_again_for_who_tries_again_what_follows()
    {
        Router router = NewRouter();
        router.Start();
        router.Dispose();
        router.Dispose();
        Assert.Equal(RouterEnd.Stopped, await router.Completion.WaitAsync(Limit, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Uses_a_new_route_table_for_the_packets_that_follow()
    {
        using Router router = NewRouter();
        router.Start();
        _rig.Routes.Table = RouteTable.Empty;
        _rig.SendAsKernel(TestPacket.Make());
        await Until(() => router.Outbound.Drops[DropReason.NoRoute] == 1);

        // The turn that dropped the first packet may go on for a while, with the table that it began with.
        _rig.Routes.Table = new RouteTable([new Route(Ipv4Prefix.Parse("10.5.2.0/24"), _rig.PeerEndpoint)]);
        await Until(() =>
        {
            _rig.SendAsKernel(TestPacket.Make());
            return router.Outbound.Packets > 0;
        });
    }

    [Fact]
    public async Task Receives_and_sends_over_a_socket_that_took_the_place_of_its_own_while_it_waited()
    {
        using Router router = NewRouter();
        router.Start();
        for (int i = 1; i <= 3; i++)
        {
            _rig.SendAsPeer(TestPacket.Make(source: TestPacket.Remote, destination: TestPacket.Local));
            await Until(() => router.Inbound.Packets == i);
            Ipv4Endpoint before = _rig.Socket.LocalEndpoint;
            _rig.Socket.Replace(UdpSocket.Bind(TestPeer.AnyLoopbackPort));
            router.NoticeSockets();
            Assert.NotEqual(before, _rig.Socket.LocalEndpoint);
        }

        _rig.SendAsKernel(TestPacket.Make());
        await Until(() => router.Outbound.Packets == 1);
        Assert.NotNull(_rig.ReceiveAsPeer());
    }

    [Fact]
    public async Task Makes_a_turn_when_asked_to_unless_its_loop_hangs()
    {
        using var clock = new StoppableClock();
        using var router = new Router([_rig.Tun], [_rig.Socket], _rig.Settings with { Time = clock }, _rig.Routes);
        router.Start();
        await Until(router.AskForTurns());

        // A packet that is answered with an error has the loop look at the clock.
        clock.Stop();
        try
        {
            _rig.SendAsKernel(TestPacket.Make(ttl: 1));
            await clock.Asked.WaitAsync(Limit, TestContext.Current.CancellationToken);
            Func<bool> haveTurned = router.AskForTurns();
            Assert.False(haveTurned());

            clock.Go();
            await Until(haveTurned);
        }
        finally
        {
            // The router's end waits for its threads.
            clock.Go();
        }
    }

    [Fact]
    public async Task A_thread_whose_wait_is_interrupted_leaves_the_other_its_direction()
    {
        using var clock = new StoppableClock();
        using var interruption = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, context => context.Cancel = true);
        using var router = new Router([_rig.Tun], [_rig.Socket], _rig.Settings with { Time = clock }, _rig.Routes);
        router.Start();
        await Until(router.AskForTurns());

        // The first thread is on the way in, and answers a packet there. The second one waits.
        clock.Stop();
        try
        {
            _rig.SendAsPeer(TestPacket.Make(source: TestPacket.Remote, destination: TestPacket.Local, ttl: 1));
            await clock.Asked.WaitAsync(Limit, TestContext.Current.CancellationToken);
            _rig.SendAsPeer(TestPacket.Make(source: TestPacket.Remote, destination: TestPacket.Local));
            for (int i = 0; i < 100; i++)
            {
                Interrupt("router-in");
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }

            Assert.Equal(0, router.Inbound.Packets);
            clock.Go();
            await Until(() => router.Inbound.Packets == 1);
        }
        finally
        {
            clock.Go();
        }
    }

    [Fact]
    public async Task Can_be_disposed_without_having_been_started()
    {
        Router router = NewRouter();
        router.Dispose();
        Assert.Equal(RouterEnd.Stopped, await router.Completion.WaitAsync(Limit, TestContext.Current.CancellationToken));
    }

    /// <summary>Sends a signal that nothing follows from to the threads of a name.</summary>
    private static void Interrupt(string name)
    {
        const int SigWinch = 28;
        foreach (string thread in Directory.GetDirectories("/proc/self/task"))
        {
            if (NameOf(thread) == name)
                _ = SpawnCalls.KillThread(Environment.ProcessId, int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), SigWinch);
        }
    }

    private static string NameOf(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "comm")).Trim();
        }
        catch (IOException)
        {
            return ""; // it has ended
        }
    }

    private static async Task Until(Func<bool> condition)
    {
        using var timeout = new CancellationTokenSource(Limit);
        while (!condition())
            await Task.Delay(1, timeout.Token);
    }

    private Router NewRouter() =>
        new([_rig.Tun], [_rig.Socket], _rig.Settings, _rig.Routes);

    /// <summary>A clock that keeps whoever asks it waiting.</summary>
    private sealed class StoppableClock : TimeProvider, IDisposable
    {
        private readonly ManualResetEventSlim _goes = new(initialState: true);
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Ends when somebody waits.</summary>
        public Task Asked => _asked.Task;

        public void Stop() => _goes.Reset();

        public void Go() => _goes.Set();

        public override long GetTimestamp()
        {
            if (!_goes.IsSet)
                _ = _asked.TrySetResult();

            _goes.Wait();
            return base.GetTimestamp();
        }

        public void Dispose()
        {
            Go();
            _goes.Dispose();
        }
    }
}
