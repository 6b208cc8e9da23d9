using System.Net.Sockets;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// Explicit congestion notification (RFC 3168) with real marks: the first host's kernel marks packets of a container's stream on their
/// way to the overlay, super-packets among them; the marks, the echoes and the answers to those have to come through.
/// </summary>
public class CongestionMarkTests
{
    private const long Bytes = 64_000_003;
    private const byte Echo = 0x40; // TCP's ECE and CWR, in the fourteenth byte of its header
    private const byte Reduced = 0x80;

    private const string Mark =
        """
        nft add table ip marks
        nft add chain ip marks forward '{ type filter hook forward priority 0; }'
        nft add rule ip marks forward oifname flannel0 ip ecn '{ ect0, ect1 }' numgen inc mod 50 0 ip ecn set ce
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(LoadedHosts.RouterOnly)]
    [InlineData("")]
    public async Task Marks_echoes_and_their_answers_pass_and_the_stream_arrives_as_it_was_sent(string backend)
    {
        await using LoadedHosts hosts = await LoadedHosts.StartAsync(backend, withPlain: false, Cancel);
        if (backend.Length == 0)
            await KernelHosts.WaitForKernelAsync(hosts, Cancel);

        foreach (Endpoint end in (Endpoint[])[hosts.First, hosts.Second])
            await end.Namespace.SetAsync("ipv4/tcp_ecn", "1", Cancel);

        _ = (await hosts.Ours.First().Namespace.ExecAsync(["sh", "-ec", Mark], Cancel)).OrThrow();
        using var atSender = new FlagWatch(hosts.First, Echo);
        using var atReceiver = new FlagWatch(hosts.Second, Reduced);
        KernelCounters before = await KernelCounters.ReadAsync(hosts.Second.Namespace, Cancel);

        TransferResult result = await HashedTransfer.RunAsync(hosts.First, hosts.Second, Bytes, Cancel);

        Assert.True(result.Ok, result.ToString());
        KernelCounters after = await KernelCounters.ReadAsync(hosts.Second.Namespace, Cancel);
        Assert.True(after["IpExt.InCEPkts"] > before["IpExt.InCEPkts"], "no mark arrived");
        Assert.True(await atSender.SeenAsync(), "no echo of a mark came back");
        Assert.True(await atReceiver.SeenAsync(), "the sender's answer to an echo did not arrive");
    }

    /// <summary>Looks for a flag in the TCP packets that a container gets, of connections that are established.</summary>
    private sealed class FlagWatch : IDisposable
    {
        private const byte Syn = 0x02;

        private readonly Socket _socket;
        private readonly Task<bool> _seen;

        public FlagWatch(Endpoint at, byte flag)
        {
            _socket = NamespaceSocket.BindRaw(at, ProtocolType.Tcp);
            _socket.ReceiveTimeout = 2000; // milliseconds; how long a stream that has ended is waited for
            _seen = Task.Factory.StartNew(() => Look(flag), Cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        public Task<bool> SeenAsync() => _seen;

        public void Dispose() => _socket.Dispose();

        private bool Look(byte flag)
        {
            byte[] packet = new byte[65536];
            try
            {
                while (true)
                {
                    int length = _socket.Receive(packet);
                    int tcp = (packet[0] & 0x0F) * 4;
                    if (length > tcp + 13 && (packet[tcp + 13] & Syn) == 0 && (packet[tcp + 13] & flag) != 0)
                        return true;
                }
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }
}
