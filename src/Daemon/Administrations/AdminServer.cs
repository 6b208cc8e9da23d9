using System.Net.Sockets;
using FastFlannel.Control;
using FastFlannel.Native;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Daemon;

/// <summary>
/// Answers at the admin socket. Whoever connects costs a few descriptors and kilobytes for a few seconds at most, and there are never
/// more than a handful; who does not read or write is dropped, and none of them meets the packet loop.
/// </summary>
internal sealed class AdminServer(
    string path,
    string network,
    Predecessor predecessor,
    Succession succession,
    KeptDescriptors kept,
    IHostApplicationLifetime host,
    TimeProvider time,
    ILogger<AdminServer> logger) : BackgroundService
{
    private const int MostClients = 8;
    private static readonly TimeSpan FailurePause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _room = new(MostClients, MostClients);

    // Of the daemon that has taken over; it takes this one to have ended when it is closed.
    private Socket? _successor;
    private AdminSocket? _socket;

    /// <exception cref="FatalException">Another daemon listens there, or the file cannot be made.</exception>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // The one that is to be taken over listens there as yet.
        if (predecessor.Gone.IsCompleted)
            _socket = AdminSocket.Listen(path);

        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _socket?.Dispose();
        _room.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await predecessor.Gone.WaitAsync(stoppingToken);
            _socket ??= AdminSocket.Listen(path);
        }
        catch (FatalException e)
        {
            // Packets flow; only the next daemon will not find this one.
            logger.Fatal(e.Message);
            return;
        }

        logger.Listening(path);
        while (true)
        {
            try
            {
                Socket client = await _socket.Listener.AcceptAsync(stoppingToken);
                _ = ServeAsync(client, stoppingToken);
            }
            catch (SocketException e)
            {
                logger.NotAccepting(path, e.Message);
                await Task.Delay(FailurePause, time, stoppingToken);
            }
        }
    }

    private async Task ServeAsync(Socket client, CancellationToken stopping)
    {
        // Not to be waited for: who has no room is told so by the end of the connection.
        if (!_room.Wait(TimeSpan.Zero, CancellationToken.None))
        {
            client.Dispose();
            return;
        }

        try
        {
            PeerCredentials who = PeerCredentials.Of(client);
            if (!who.MayCommand)
                logger.ClientRefused(path, who.ProcessId, who.UserId);
            else if (await new AdminSession(client, network, succession, kept, host.StopApplication, time).RunAsync(stopping))
                _successor = client;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            logger.ClientDropped(path, e.Message);
        }
        finally
        {
            if (_successor != client)
                client.Dispose();

            _ = _room.Release();
        }
    }
}
