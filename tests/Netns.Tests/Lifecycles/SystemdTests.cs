using System.Net.Sockets;
using System.Text;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>What the daemon says to systemd, read from the socket that systemd would read (sd_notify(3)).</summary>
public class SystemdTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_waits_aloud_is_ready_once_packets_flow_shows_life_and_says_goodbye()
    {
        using var socket = new NotifySocket();
        await using LabCluster cluster = await LabCluster.CreateAsync(Watched(socket), Cancel);
        FlannelDaemon daemon = cluster.Hosts[0].Daemon;
        await daemon.StartAsync();

        await socket.WaitForAsync("STATUS=Waiting to read the network config: no endpoint", Cancel);
        await socket.WaitForAsync("EXTEND_TIMEOUT_USEC=30000000", Cancel);
        await socket.WaitForAsync("EXTEND_TIMEOUT_USEC=30000000", Cancel);
        Assert.DoesNotContain("READY=1", socket.Seen);

        await cluster.StartEtcdAsync(Cancel);
        await socket.WaitForAsync("READY=1", Cancel);
        Assert.True(File.Exists(daemon.SubnetFile));
        string subnet = $"{daemon.Env.OverlayAddress}/24";
        await socket.WaitForAsync($"STATUS={subnet} with 0 peers over udp (flannel0, MTU 1472)", Cancel);

        // Loops have turned meanwhile, or there would be no more of them.
        await socket.WaitForAsync("WATCHDOG=1", Cancel);
        await cluster.Etcd.PutAsync(
            $"{cluster.Options.Prefix}/subnets/10.5.250.0-24", """{"PublicIP":"192.168.77.90","PublicIPv6":null}""", Cancel);
        await socket.WaitForAsync($"STATUS={subnet} with 1 peer over udp", Cancel);

        Assert.Equal(0, await daemon.StopAsync("TERM", Cancel));
        await socket.WaitForAsync("STOPPING=1", Cancel);
        _ = Assert.Single(socket.Seen, line => line == "READY=1");
    }

    [Fact]
    public async Task It_says_why_it_failed()
    {
        using var socket = new NotifySocket();
        await using LabCluster cluster = await LabCluster.CreateAsync(
            Watched(socket) with { Config = """{"Network":"10.5.0.0/16","Backend":{"Type":"nonsense"}}""" }, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        FlannelDaemon daemon = cluster.Hosts[0].Daemon;
        await daemon.StartAsync();

        await socket.WaitForAsync("STATUS=Failed: unknown backend type: nonsense", Cancel);
        Assert.Equal(1, await daemon.Process.WaitForExitAsync(Limit, Cancel));
        Assert.DoesNotContain("READY=1", socket.Seen);
    }

    [Theory]
    [InlineData("/nonexistent/notify")]
    [InlineData("/nonexistent/1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890")]
    public async Task Without_anybody_at_the_socket_it_works_all_the_same(string path)
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(Watched(path), Cancel);
        await cluster.StartEtcdAsync(Cancel);
        await cluster.StartDaemonsAsync(Cancel);
        FlannelDaemon daemon = cluster.Hosts[0].Daemon;

        await daemon.WaitForLogAsync("Cannot tell systemd how the daemon does (NOTIFY_SOCKET)", Limit, Cancel);
        Assert.Equal(0, await daemon.StopAsync("TERM", Cancel));
        _ = Assert.Single(daemon.Process.Lines, line => line.Contains("NOTIFY_SOCKET", StringComparison.Ordinal));
    }

    private static LabClusterOptions Watched(NotifySocket socket) => Watched(socket.Path);

    private static LabClusterOptions Watched(string socket) => Clusters.Default with
    {
        Hosts = 1,
        Daemons =
        [
            new DaemonOptions
            {
                Path = DaemonBinary.Path,
                Launcher = ["env", $"NOTIFY_SOCKET={socket}", "WATCHDOG_USEC=3000000"],
            },
        ],
    };

    /// <summary>The receiving end, which systemd has otherwise.</summary>
    private sealed class NotifySocket : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        private readonly byte[] _buffer = new byte[4096];
        private readonly List<string> _seen = [];

        public NotifySocket()
        {
            Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());
            _socket.Bind(new UnixDomainSocketEndPoint(Path));
        }

        public string Path { get; }

        /// <summary>Every line so far.</summary>
        public IReadOnlyList<string> Seen => _seen;

        /// <summary>Reads on until a line comes that begins with a text.</summary>
        public async Task WaitForAsync(string beginning, CancellationToken cancellation)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Limit);
            try
            {
                while (true)
                {
                    int length = await _socket.ReceiveAsync(_buffer.AsMemory(), SocketFlags.None, limit.Token);
                    string[] lines = Encoding.UTF8.GetString(_buffer, 0, length).Split('\n', StringSplitOptions.RemoveEmptyEntries);
                    _seen.AddRange(lines);
                    if (lines.Any(line => line.StartsWith(beginning, StringComparison.Ordinal)))
                        return;
                }
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                Assert.Fail($"'{beginning}' did not come within {Limit.TotalSeconds} s; what came:\n{string.Join('\n', _seen)}");
            }
        }

        public void Dispose()
        {
            _socket.Dispose();
            File.Delete(Path);
        }
    }
}
