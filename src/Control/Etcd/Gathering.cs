using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace FastFlannel.Control;

/// <summary>
/// Takes what a watch tells in portions. What comes alone is passed on at once; what comes while that is put in force, or shortly
/// after, is passed on together, so that a storm of changes is not as many times the work of one.
/// </summary>
internal static class Gathering
{
    // A fifth of the time in which a change is to be in force (100 ms), so that the rest is for a busy machine.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Gathers.</summary>
    /// <param name="source">What comes, in order. It is read all the time, so that nobody waits to write it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The same in order, in portions that are not empty; what ends the source comes behind the last one.</returns>
    public static async IAsyncEnumerable<IReadOnlyList<T>> GatherAsync<T>(
        this IAsyncEnumerable<IReadOnlyList<T>> source,
        TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var queue = Channel.CreateUnbounded<T>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        Task reading = ReadAsync(source, queue.Writer, stop.Token);
        try
        {
            while (await queue.Reader.WaitToReadAsync(cancellation))
            {
                List<T> portion = [];
                while (queue.Reader.TryRead(out T? one))
                    portion.Add(one);

                yield return portion;
                await Task.Delay(Pause, time, cancellation);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }
    }

    private static async Task ReadAsync<T>(
        IAsyncEnumerable<IReadOnlyList<T>> source, ChannelWriter<T> queue, CancellationToken cancellation)
    {
        try
        {
            await foreach (IReadOnlyList<T> some in source.WithCancellation(cancellation))
            {
                foreach (T one in some)
                    await queue.WriteAsync(one, cancellation);
            }

            queue.Complete();
        }
#pragma warning disable CA1031 // whatever ends the source is thrown where the queue is read
        catch (Exception e)
#pragma warning restore CA1031
        {
            _ = queue.TryComplete(e);
        }
    }
}
