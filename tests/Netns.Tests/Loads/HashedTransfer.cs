using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>A TCP stream between two ends of an overlay that is hashed on both sides.</summary>
internal static class HashedTransfer
{
    private const long SlowestBytesPerSecond = 10_000_000; // bounds the time; no statement about speed

    // A stream that makes no step for this long is stuck. Retransmissions under loss back off to some seconds at the most.
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(20);

    private static int _streams;

    /// <summary>Sends and receives a stream, each on a thread of its own.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="to">The receiver.</param>
    /// <param name="bytes">How many, at the least.</param>
    /// <param name="until">The stream goes on until this is complete, however many bytes that takes.</param>
    /// <param name="limit">Gives up after this long.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>How it went, also when what came is wrong.</returns>
    /// <exception cref="SocketException">The connection broke, or was stuck or too slow.</exception>
    public static async Task<TransferResult> RunAsync(
        Endpoint from, Endpoint to, long bytes, Task until, TimeSpan limit, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(limit);
        var pattern = new StreamPattern(Interlocked.Increment(ref _streams));
        using Socket listener = NamespaceSocket.ListenTcp(to);
        Task<Socket> accepting = listener.AcceptAsync(deadline.Token).AsTask();
        using Socket sender = await NamespaceSocket.ConnectTcpAsync(from, listener, deadline.Token);
        using Socket receiver = await accepting;
        foreach (Socket socket in new[] { sender, receiver })
            socket.SendTimeout = socket.ReceiveTimeout = (int)StallLimit.TotalMilliseconds;

        // Closing the sockets ends both threads' calls.
        await using CancellationTokenRegistration closing = deadline.Token.Register(() =>
        {
            sender.Dispose();
            receiver.Dispose();
        });

        long start = Stopwatch.GetTimestamp();
        Task<(string Hash, long Bytes)> sending = OnThread(() => Send(sender, pattern, bytes, until));
        Task<(string Hash, long Bytes, long? Difference)> receiving = OnThread(() => Receive(receiver, pattern));
        await Task.WhenAll(sending, receiving);
        (string sentHash, long sent) = await sending;
        (string hash, long received, long? difference) = await receiving;
        return new TransferResult(
            from.Name, to.Name, sent, received, sentHash, hash, difference, Stopwatch.GetElapsedTime(start));
    }

    /// <summary>A stream of so many bytes, with a minute to spare.</summary>
    public static Task<TransferResult> RunAsync(Endpoint from, Endpoint to, long bytes, CancellationToken cancellation) =>
        RunAsync(
            from, to, bytes, Task.CompletedTask, TimeSpan.FromSeconds(60 + (bytes / SlowestBytesPerSecond)), cancellation);

    /// <summary>A stream that goes on until something else is done, for a minute at the most.</summary>
    public static Task<TransferResult> RunUntilAsync(Endpoint from, Endpoint to, Task until, CancellationToken cancellation) =>
        RunAsync(from, to, 0, until, TimeSpan.FromMinutes(1), cancellation);

    /// <summary>One stream in each direction, both at once.</summary>
    public static Task<TransferResult[]> RunBothAsync(Endpoint one, Endpoint other, long bytes, CancellationToken cancellation) =>
        Task.WhenAll(RunAsync(one, other, bytes, cancellation), RunAsync(other, one, bytes, cancellation));

    private static (string Hash, long Bytes) Send(Socket socket, StreamPattern pattern, long bytes, Task until)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[StreamPattern.BlockSize];
        long done = 0;
        int length = block.Length;
        while (length == block.Length)
        {
            // Only the last block is short.
            length = until.IsCompleted ? (int)Math.Clamp(bytes - done, 0, block.Length) : block.Length;
            pattern.Fill(done / block.Length, block);
            hash.AppendData(block, 0, length);
            for (int sent = 0; sent < length;)
                sent += socket.Send(block, sent, length - sent, SocketFlags.None);

            done += length;
        }

        socket.Shutdown(SocketShutdown.Send);
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), done);
    }

    private static (string Hash, long Bytes, long? Difference) Receive(Socket socket, StreamPattern pattern)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[StreamPattern.BlockSize];
        byte[] expected = new byte[StreamPattern.BlockSize];
        long done = 0;
        long? difference = null;
        int length;
        do
        {
            length = ReceiveBlock(socket, block);
            hash.AppendData(block, 0, length);
            pattern.Fill(done / block.Length, expected);
            int equal = block.AsSpan(0, length).CommonPrefixLength(expected);
            if (equal < length)
                difference ??= done + equal;

            done += length;
        }
        while (length == block.Length);

        return (Convert.ToHexStringLower(hash.GetHashAndReset()), done, difference);
    }

    /// <returns>The block's length, which is less than the buffer's at the stream's end only.</returns>
    private static int ReceiveBlock(Socket socket, byte[] block)
    {
        int length = 0;
        while (length < block.Length)
        {
            int received = socket.Receive(block, length, block.Length - length, SocketFlags.None);
            if (received == 0)
                break;

            length += received;
        }

        return length;
    }

    private static Task<T> OnThread<T>(Func<T> run) =>
        Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
