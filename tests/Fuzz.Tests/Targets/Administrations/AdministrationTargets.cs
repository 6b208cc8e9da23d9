using System.Net.Sockets;
using System.Text;
using FastFlannel.Control;
using FastFlannel.Daemon;
using FastFlannel.Native;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastFlannel.Fuzz.Tests;

/// <summary>What is said between daemons, and between a daemon and its supervisor, over real Unix sockets.</summary>
internal static class AdministrationTargets
{
    private static readonly string[] Words =
    [
        "fastflannel-admin", " 1 ", "1.0.0 /coreos.com/network\n", "identity ", "descriptors", " tun.0", " udp.0", "done\n", "error ", "\n",
        "takeover\n", "release\n", "leave\n", "stop\n", "FDSTORE=1\n", "FDSTOREREMOVE=1\n", "FDNAME=", "FDPOLL=0\n", "\n%%\n", "tun.0", "two",
    ];

    private static readonly string Home = MakeHome();
    private static readonly Lazy<Socket> Daemon = new(Listen);

    private static string SocketPath => Path.Combine(Home, "subnet.env.sock");

    /// <summary>A daemon's side of a hand-over: its greeting and answers.</summary>
    public static FuzzTarget Predecessor { get; } = new("admin-answers", TakeOver) { Words = Words, Cost = 40, Longest = 10_000 };

    /// <summary>A client's side: its commands, one a line.</summary>
    public static FuzzTarget Session { get; } = new("admin-commands", Serve) { Words = Words, Cost = 40, Longest = 256 };

    /// <summary>A daemon's messages to its supervisor.</summary>
    public static FuzzTarget Shelf { get; } = new("supervisor-messages", Store) { Words = Words, Cost = 40 };

    /// <summary>Where the sockets are, for as long as this process runs.</summary>
    private static string MakeHome()
    {
        string home = Directory.CreateTempSubdirectory("fffuzz").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(home, recursive: true);
        return home;
    }

    private static string TakeOver(Span<byte> input)
    {
        byte[] said = input.ToArray();
        using var stop = new CancellationTokenSource();
        Task daemon = Task.Run(() => AnswerAsync(said, stop.Token));
        try
        {
            return Follow();
        }
        finally
        {
            stop.Cancel();
            daemon.GetAwaiter().GetResult();
        }
    }

    private static string Follow()
    {
        DaemonOptions options = DaemonOptions.Default with { AdminSocket = SocketPath };
        try
        {
            using Predecessor predecessor = FastFlannel.Daemon.Predecessor.Find(
                options, new ServiceDescriptors(static _ => null, 1), NullLogger.Instance);
            using InheritedDescriptors inherited = predecessor.Take();
            Hold.That(inherited.IsEmpty);
            bool isFollowed = predecessor.Identity is not null;
            predecessor.Release();
            predecessor.Leave();
            return $"followed: {isFollowed}";
        }
        catch (FatalException e)
        {
            return e.Message.Contains("no daemon", StringComparison.Ordinal) ? "no daemon"
                : e.Message.Contains("of the network", StringComparison.Ordinal) ? "another network"
                : "lost";
        }
    }

    /// <summary>Says everything at once to each that connects, and listens until they have gone.</summary>
    private static async Task AnswerAsync(byte[] said, CancellationToken stop)
    {
        byte[] heard = new byte[256];
        while (true)
        {
            try
            {
                using Socket client = await Daemon.Value.AcceptAsync(stop);
                _ = await client.SendAsync(said, stop);
                client.Shutdown(SocketShutdown.Send);
                while (await client.ReceiveAsync(heard, stop) > 0)
                {
                }
            }
            catch (SocketException)
            {
                // It has heard enough.
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static string Serve(Span<byte> input)
    {
        string[] lines = TextInput.Of(input).Split('\n');
        return ServeAsync(lines).GetAwaiter().GetResult();
    }

    private static async Task<string> ServeAsync(string[] lines)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), end.Token);
        using Socket served = await Daemon.Value.AcceptAsync(end.Token);

        var succession = new Succession(TimeProvider.System);
        Task<bool> node = StandByAsync(succession, end.Token);
        bool isStopped = false;
        var session = new AdminSession(
            served, "/coreos.com/network", succession, new KeptDescriptors(new ServiceDescriptors(static _ => null, 1)), () => isStopped = true,
            TimeProvider.System);
        Task<bool> serving = session.RunAsync(end.Token);
        try
        {
            // An answer each, as long as there is somebody to answer.
            byte[] heard = new byte[8192];
            foreach (string line in lines)
            {
                Task<int> answer = client.ReceiveAsync(heard, SocketFlags.None, end.Token).AsTask();
                if (await Task.WhenAny(answer, serving) == serving || await answer == 0)
                    break;

                _ = await client.SendAsync(Encoding.UTF8.GetBytes(line + "\n"), end.Token);
            }

            client.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Closed with something unread.
        }

        bool stays;
        try
        {
            stays = await serving;
        }
        catch (IOException)
        {
            return "dropped";
        }

        bool isTaken = node.IsCompleted && await node;
        Hold.That(!end.IsCancellationRequested);
        Hold.That(stays || !(isStopped || isTaken));
        return $"{stays}, {isStopped}, {isTaken}";
    }

    private static async Task<bool> StandByAsync(Succession succession, CancellationToken cancellation)
    {
        try
        {
            await succession.AskedAsync(cancellation);
            return await succession.StandByAsync(static () => { }, cancellation);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static string Store(Span<byte> input)
    {
        using var shelf = new DescriptorShelf();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        using BorrowedDescriptor place = shelf.Place.Borrow();
        socket.Connect(new UnixDomainSocketEndPoint(HeldFile.PathOf(place.Number)));
        using var descriptor = Signal.Create();
        SortedSet<string> expected = new(StringComparer.Ordinal);
        string[] messages = [.. TextInput.Of(input).Split("\n%%\n").Where(message => message.Length > 0)];
        foreach (string message in messages)
        {
            int beside = !message.Contains("FDSTORE=1", StringComparison.Ordinal) ? 0 : message.Contains("two", StringComparison.Ordinal) ? 2 : 1;
            DescriptorPassing.Send(socket, Encoding.UTF8.GetBytes(message), [.. Enumerable.Repeat<Descriptor>(descriptor, beside)]);
            Hold.That(shelf.TryRead(TimeSpan.FromSeconds(30)));

            string[] lines = message.Split('\n');
            if (lines.FirstOrDefault(line => line.StartsWith("FDNAME=", StringComparison.Ordinal)) is not { } name)
                continue;

            if (lines.Contains("FDSTOREREMOVE=1"))
                _ = expected.Remove(name[7..]);

            if (lines.Contains("FDSTORE=1") && beside == 1)
                _ = expected.Add(name[7..]);
        }

        Hold.Same(string.Join(':', expected), string.Join(':', shelf.Held.Select(pair => pair.Key)));
        return $"{Math.Min(expected.Count, 3)} of {Math.Min(messages.Length, 4)}";
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(SocketPath));
        File.SetUnixFileMode(SocketPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        socket.Listen();
        return socket;
    }
}
