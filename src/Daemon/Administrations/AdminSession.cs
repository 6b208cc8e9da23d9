using System.Net.Sockets;
using System.Text;
using FastFlannel.Control;
using FastFlannel.Native;

namespace FastFlannel.Daemon;

/// <summary>One connection to the admin socket: a greeting, a command, its answer.</summary>
internal sealed class AdminSession(
    Socket client, string network, Succession succession, KeptDescriptors kept, Action stop, TimeProvider time)
{
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(5);

    // Until all that a node does has come to rest; calls to etcd take up to 5 s.
    private static readonly TimeSpan RestLimit = TimeSpan.FromSeconds(10);

    private readonly byte[] _buffer = new byte[AdminProtocol.LongestCommand];

    /// <summary>Serves the client.</summary>
    /// <returns>Whether the connection is to stay open until this process ends.</returns>
    /// <exception cref="SocketException">The client is gone.</exception>
    /// <exception cref="IOException">It does not read, says nothing, or too much.</exception>
    public async Task<bool> RunAsync(CancellationToken stopping)
    {
        Say($"{AdminProtocol.Greeting} {AdminProtocol.Version} {DaemonProcess.Version} {network}");
        switch (await ReadAsync(CommandLimit, stopping))
        {
            case AdminProtocol.Stop:
                stop();
                return true;
            case AdminProtocol.Takeover when succession.TryAsk() is { } successor:
                return await HandOverAsync(successor, stopping);
            case AdminProtocol.Takeover:
                Say(AdminProtocol.Error + (succession.IsUnderWay ? AdminProtocol.Busy : "it carries no packets yet"));
                return false;
            case var other:
                Say($"{AdminProtocol.Error}'{other}' is no command, expected {AdminProtocol.Takeover} or {AdminProtocol.Stop}");
                return false;
        }
    }

    private async Task<bool> HandOverAsync(Successor successor, CancellationToken stopping)
    {
        try
        {
            await successor.StandsByAsync(stopping).WaitAsync(RestLimit, time, stopping);
            IReadOnlyList<KeyValuePair<string, Descriptor>> held = kept.All;
            Say(AdminProtocol.Identity + Succession.Identity);
            Say(string.Join(' ', [AdminProtocol.Descriptors, .. held.Select(pair => pair.Key)]), [.. held.Select(pair => pair.Value)]);
            while (true)
            {
                // The node itself bounds how long this takes: it goes on without waiting any longer.
                string? command = await ReadAsync(Succession.LongestStandBy, stopping);
                bool isDone = command switch
                {
                    AdminProtocol.Release => await successor.ReleaseAsync(stopping),
                    AdminProtocol.Leave => successor.TryLeave(),
                    _ => false,
                };
                Say(isDone ? AdminProtocol.Done : AdminProtocol.Error + "this daemon does not wait any longer");
                if (!isDone || command == AdminProtocol.Leave)
                    return isDone;
            }
        }
        catch (TimeoutException e)
        {
            throw new IOException("the node did not come to rest", e);
        }
        finally
        {
            successor.GiveUp();
        }
    }

    /// <summary>Reads a line. Nobody sends more than one before an answer.</summary>
    /// <returns>The line; null when the client has closed its side.</returns>
    private async Task<string?> ReadAsync(TimeSpan limit, CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, timeout.Token);
        int filled = 0;
        while (filled < _buffer.Length)
        {
            int received = await client.ReceiveAsync(_buffer.AsMemory(filled), SocketFlags.None, either.Token);
            if (received == 0)
                return null;

            filled += received;
            if (_buffer[filled - 1] == '\n')
                return Encoding.UTF8.GetString(_buffer, 0, filled - 1);
        }

        throw new IOException($"more than {_buffer.Length} bytes without an end");
    }

    private void Say(string line, params IReadOnlyList<Descriptor> descriptors) =>
        DescriptorPassing.Send(client, Encoding.UTF8.GetBytes(line + "\n"), descriptors);
}
