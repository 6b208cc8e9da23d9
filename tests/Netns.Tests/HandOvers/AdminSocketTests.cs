using System.Net.Sockets;
using System.Text;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Who has no business at a live daemon's admin socket, or does not behave there.</summary>
public class AdminSocketTests(UnprivilegedTests.AnybodysBinary binary) : IClassFixture<UnprivilegedTests.AnybodysBinary>
{
    private const int Datagrams = 5000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_user_commands_nothing_even_where_the_mode_has_been_opened_to_anybody()
    {
        string directory = Directory.CreateTempSubdirectory().FullName;
        try
        {
            File.SetUnixFileMode(directory, (UnixFileMode)0b111_111_111);
            string socket = Path.Combine(directory, "admin.sock");
            var options = new DaemonOptions { Path = DaemonBinary.Path, Arguments = ["--admin-socket", socket] };
            await using LabCluster cluster = await LabCluster.StartAsync(
                Clusters.Default with { Hosts = 1, Daemons = [options] }, Cancel);
            FlannelDaemon daemon = cluster.Hosts[0].Daemon;
            Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(socket));
            string[] other =
            [
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", binary.File, "--admin-socket", socket,
                "--subnet-file", Path.Combine(directory, "subnet.env"), "--takeover=require",
            ];

            CommandResult kept = await cluster.Hosts[0].Namespace.ExecAsync(other, Cancel);
            File.SetUnixFileMode(socket, (UnixFileMode)0b110_110_110);
            CommandResult refused = await cluster.Hosts[0].Namespace.ExecAsync(other, Cancel);

            Assert.False(kept.Ok);
            Assert.Contains("Permission denied", kept.Error, StringComparison.Ordinal);
            Assert.False(refused.Ok);
            Assert.Contains(socket, refused.Error, StringComparison.Ordinal);
            await daemon.WaitForLogAsync("of user 65534", Limit, Cancel);
            Assert.True(daemon.IsRunning);
            await SucceedAsync(cluster.Hosts[0]);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData(LoadedHosts.RouterOnly)]
    [InlineData("")]
    public async Task Clients_that_are_silent_or_talk_rubbish_or_vanish_disturb_neither_packets_nor_the_next_hand_over(string backend)
    {
        await using LoadedHosts hosts = await LoadedHosts.StartAsync(backend, withPlain: false, Cancel);
        LabHost host = hosts.Ours.First();
        string socket = host.Daemon.SubnetFile + ".sock";
        await using var traffic = SteadyTraffic.Start(hosts.Second, hosts.First, Datagrams);
        List<Socket> silent = [];
        try
        {
            // More than it serves at once.
            for (int i = 0; i < 20; i++)
                silent.Add(Connect(socket));

            for (int i = 0; i < 200; i++)
                Say(socket, [.. "takeover"u8, .. Encoding.UTF8.GetBytes(new string('x', i * 50)), (byte)(i % 2 == 0 ? '\n' : 0xFF)]);
        }
        finally
        {
            foreach (Socket client in silent)
                client.Dispose();
        }

        // It stands by, and finds that nobody is there.
        for (int i = 0; i < 5; i++)
            Say(socket, "takeover\n"u8.ToArray());

        _ = await Wait.UntilAsync(() => Task.FromResult(IsGreeted(socket)), Limit, "the daemon to have room for clients", Cancel);
        await SucceedAsync(host);

        SteadyTrafficResult result = await traffic.FinishAsync();
        Assert.Equal((0, 0), (result.PingsLost, result.DatagramsLost));
        Assert.True(result.IsStreamWhole);
    }

    private static async Task SucceedAsync(LabHost host)
    {
        await using LabProcess before = host.Daemon.StartSuccessor("--takeover=require");
        await host.Daemon.WaitReadyAsync(Cancel);
        Assert.Equal(0, await before.WaitForExitAsync(Limit, Cancel));
    }

    private static Socket Connect(string path)
    {
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            SendTimeout = (int)Limit.TotalMilliseconds,
            ReceiveTimeout = (int)Limit.TotalMilliseconds,
        };
        client.Connect(new UnixDomainSocketEndPoint(path));
        return client;
    }

    /// <summary>Says something and goes, whether it was listened to or not.</summary>
    private static void Say(string path, byte[] bytes)
    {
        using Socket client = Connect(path);
        try
        {
            _ = client.Send(bytes);
        }
        catch (SocketException)
        {
            // There was no room for one more.
        }
    }

    private static bool IsGreeted(string path)
    {
        using Socket client = Connect(path);
        try
        {
            return client.Receive(new byte[64]) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
