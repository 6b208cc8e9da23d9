using System.Net.Sockets;
using System.Text;
using FastFlannel.Control;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastFlannel.Daemon.Tests;

/// <summary>Clients of the admin socket that do not behave. After each of them the next one is served.</summary>
public sealed class AdminServerTests : IAsyncLifetime
{
    private const int MostClients = 8;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("ffadm").FullName;
    private readonly TestLifetime _host = new();
    private readonly Succession _succession = new(TimeProvider.System);
    private readonly List<Socket> _clients = [];
    private AdminServer? _server;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string SocketPath => Path.Combine(_directory, "subnet.env.sock");

    private DaemonOptions Options => DaemonOptions.Default with { SubnetFile = Path.Combine(_directory, "subnet.env") };

    public async ValueTask InitializeAsync()
    {
        _server = NewServer();
        await _server.StartAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Socket client in _clients)
            client.Dispose();

        await _server!.StopAsync(CancellationToken.None);
        _server.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Only_its_user_can_open_it_and_the_next_server_cannot_take_it()
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));
        FatalException error = Assert.Throws<FatalException>(() => AdminSocket.Listen(SocketPath));
        Assert.Contains($"process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
        await AssertServedAsync();
    }

    [Fact]
    public async Task Rubbish_gets_an_answer_and_the_end_of_the_connection()
    {
        Assert.Contains("'nonsense' is no command", await AskAsync("nonsense\n"), StringComparison.Ordinal);
        Assert.Contains("is no command", await AskAsync("\0\xff\x01\n"), StringComparison.Ordinal);
        _ = await AskAsync(new string('x', 100_000));
        Assert.Contains("carries no packets yet", await AskAsync("takeover\n"), StringComparison.Ordinal);
        await AssertServedAsync();
    }

    [Fact]
    public async Task Who_is_silent_or_says_half_of_something_is_dropped()
    {
        Socket silent = await ConnectAsync();
        Socket half = await ConnectAsync();
        _ = await half.SendAsync("takeov"u8.ToArray(), Cancel);

        // They are served meanwhile, who have something to say.
        await AssertServedAsync();
        _ = await ReadToEndAsync(silent);
        _ = await ReadToEndAsync(half);
        await AssertServedAsync();
    }

    [Fact]
    public async Task Too_many_at_once_are_dropped_and_served_when_there_is_room()
    {
        List<Socket> crowd = [];
        for (int i = 0; i < MostClients; i++)
        {
            crowd.Add(await ConnectAsync());
            Assert.StartsWith("fastflannel-admin 1 ", await ReadLineAsync(crowd[i]), StringComparison.Ordinal);
        }

        Assert.Equal("", await ReadToEndAsync(await ConnectAsync()));
        foreach (Socket client in crowd)
            client.Dispose();

        while (!(await ReadLineAsync(await ConnectAsync())).StartsWith("fastflannel-admin", StringComparison.Ordinal))
            await Task.Delay(10, Cancel);
    }

    [Fact]
    public async Task A_hand_over_goes_its_three_steps_and_ends_when_the_process_does()
    {
        Task<bool> node = StandByAsync();
        using Predecessor successor = Predecessor.Find(Options, NoService, NullLogger.Instance);
        Assert.False(successor.Gone.IsCompleted);

        using InheritedDescriptors inherited = await Task.Run(successor.Take, Cancel);
        Assert.True(inherited.IsEmpty);
        Assert.Equal(Succession.Identity, successor.Identity);

        // A third one is told to wait.
        Assert.Contains("another daemon is taking over", await AskAsync("takeover\n"), StringComparison.Ordinal);
        await Task.Run(successor.Release, Cancel);
        Assert.True(_isPaused);
        Assert.False(node.IsCompleted);
        await Task.Run(successor.Leave, Cancel);
        Assert.True(await node.WaitAsync(Limit, Cancel));
        Assert.False(successor.Gone.IsCompleted);
    }

    [Fact]
    public async Task A_successor_that_dies_leaves_the_node_as_it_was()
    {
        Task<bool> node = StandByAsync();
        Predecessor successor = Predecessor.Find(Options, NoService, NullLogger.Instance);
        (await Task.Run(successor.Take, Cancel)).Dispose();
        await Task.Run(successor.Release, Cancel);
        successor.Dispose();
        Assert.False(await node.WaitAsync(Limit, Cancel));

        // And may be followed by another.
        node = StandByAsync();
        using Predecessor next = Predecessor.Find(Options, NoService, NullLogger.Instance);
        (await Task.Run(next.Take, Cancel)).Dispose();
        await Task.Run(next.Leave, Cancel);
        Assert.True(await node.WaitAsync(Limit, Cancel));
    }

    [Fact]
    public async Task The_file_of_a_server_that_died_is_replaced_and_that_of_another_stays()
    {
        string path = Path.Combine(_directory, "died.sock");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(Path.Combine(_directory, "dead")));
            dead.Listen();
            File.Move(Path.Combine(_directory, "dead"), path);
        }

        Assert.True(File.Exists(path));
        using (AdminSocket.Listen(path))
            Assert.NotNull(AdminSocket.TryConnect(path));

        Assert.False(File.Exists(path));
        await AssertServedAsync();
    }

    [Fact]
    public async Task One_of_another_version_is_told_to_stop()
    {
        string path = Path.Combine(_directory, "other.sock");
        using AdminSocket other = AdminSocket.Listen(path);
        Task<string> command = Task.Run(async () =>
        {
            string last = "";
            for (int i = 0; i < 2; i++)
            {
                using Socket client = await other.Listener.AcceptAsync(Cancel);
                _ = await client.SendAsync("fastflannel-admin 7 9.9.9\n"u8.ToArray(), Cancel);
                last = await ReadLineAsync(client);
            }

            return last;
        });
        DaemonOptions options = Options with { AdminSocket = path };
        using Predecessor predecessor = Predecessor.Find(options, NoService, NullLogger.Instance);
        (await Task.Run(predecessor.Take, Cancel)).Dispose();
        Assert.Equal("stop", await command);
        Assert.True(predecessor.Gone.IsCompleted);
    }

    [Fact]
    public async Task One_that_carries_nothing_yet_is_told_to_stop()
    {
        Predecessor successor = Predecessor.Find(Options, NoService, NullLogger.Instance);
        Task<InheritedDescriptors> taking = Task.Run(successor.Take, Cancel);
        Task first = await Task.WhenAny(_host.Stopped, taking).WaitAsync(Limit, Cancel);
        Assert.Same(_host.Stopped, first);

        // This process does not end; that is as good as an end for who waits for it.
        successor.Dispose();
        (await taking.WaitAsync(Limit, Cancel)).Dispose();
    }

    [Fact]
    public async Task One_that_another_takes_over_from_is_left_alone()
    {
        Task<bool> node = StandByAsync();
        using Predecessor first = Predecessor.Find(Options, NoService, NullLogger.Instance);
        (await Task.Run(first.Take, Cancel)).Dispose();
        using Predecessor second = Predecessor.Find(Options, NoService, NullLogger.Instance);
        FatalException error = await Assert.ThrowsAsync<FatalException>(() => Task.Run(second.Take, Cancel));
        Assert.Contains("another daemon is taking over", error.Message, StringComparison.Ordinal);
        await Task.Run(first.Leave, Cancel);
        Assert.True(await node.WaitAsync(Limit, Cancel));
        Assert.False(_host.Stopped.IsCompleted);
    }

    [Theory]
    [InlineData("id\ndescriptors\n")]
    [InlineData("identity x\nnonsense\n")]
    [InlineData("identity x\ndescriptors tun.0 tun.0\n")]
    public async Task One_that_cannot_be_understood_is_not_followed(string answers)
    {
        string path = Path.Combine(_directory, "odd.sock");
        using AdminSocket odd = AdminSocket.Listen(path);
        Task answering = Task.Run(async () =>
        {
            for (int i = 0; i < 2; i++)
            {
                Socket client = await odd.Listener.AcceptAsync(Cancel);
                _clients.Add(client);
                _ = await client.SendAsync(Encoding.UTF8.GetBytes($"fastflannel-admin 1 9.9.9\n{answers}"), Cancel);
            }
        }, Cancel);
        using Predecessor predecessor = Predecessor.Find(Options with { AdminSocket = path }, NoService, NullLogger.Instance);
        FatalException error = Assert.Throws<FatalException>(predecessor.Take);
        Assert.Contains("cannot be understood", error.Message, StringComparison.Ordinal);
        await answering;
    }

    [Fact]
    public async Task Told_to_stop_it_stops()
    {
        Socket client = await ConnectAsync();
        _ = await ReadLineAsync(client);
        _ = await client.SendAsync("stop\n"u8.ToArray(), Cancel);
        await _host.Stopped.WaitAsync(Limit, Cancel);
    }

    private static ServiceDescriptors NoService => new(_ => null, 1);

    private bool _isPaused;

    private AdminServer NewServer() => new(
        SocketPath,
        Options.EtcdPrefix,
        Predecessor.Find(Options, NoService, NullLogger.Instance),
        _succession,
        new KeptDescriptors(NoService),
        _host,
        TimeProvider.System,
        NullLogger<AdminServer>.Instance);

    /// <summary>What a node does.</summary>
    private async Task<bool> StandByAsync()
    {
        _isPaused = false;
        await _succession.AskedAsync(Cancel);
        return await _succession.StandByAsync(() => _isPaused = true, Cancel);
    }

    private async Task AssertServedAsync() =>
        Assert.StartsWith("fastflannel-admin 1 ", await ReadLineAsync(await ConnectAsync()), StringComparison.Ordinal);

    private async Task<Socket> ConnectAsync()
    {
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _clients.Add(client);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), Cancel);
        return client;
    }

    private async Task<string> AskAsync(string text)
    {
        Socket client = await ConnectAsync();
        try
        {
            _ = await client.SendAsync(Encoding.Latin1.GetBytes(text), Cancel);
        }
        catch (SocketException)
        {
            // It has heard enough.
        }

        return await ReadToEndAsync(client);
    }

    private static async Task<string> ReadToEndAsync(Socket client)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Limit);
        var text = new StringBuilder();
        byte[] buffer = new byte[256];
        try
        {
            int length;
            while ((length = await client.ReceiveAsync(buffer, limit.Token)) > 0)
                _ = text.Append(Encoding.UTF8.GetString(buffer, 0, length));
        }
        catch (SocketException)
        {
            // Closed with bytes unread.
        }

        return text.ToString();
    }

    private static async Task<string> ReadLineAsync(Socket client)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Limit);
        var line = new StringBuilder();
        byte[] one = new byte[1];
        try
        {
            while (await client.ReceiveAsync(one, limit.Token) > 0 && one[0] != '\n')
                _ = line.Append((char)one[0]);
        }
        catch (SocketException)
        {
            // Closed with bytes unread.
        }

        return line.ToString();
    }

    private sealed class TestLifetime : IHostApplicationLifetime
    {
        private readonly TaskCompletionSource _stopped = new();

        public Task Stopped => _stopped.Task;

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => _stopped.TrySetResult();
    }
}
