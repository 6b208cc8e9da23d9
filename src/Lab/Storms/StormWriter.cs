using System.Diagnostics;

namespace FastFlannel.Lab;

/// <summary>Changes the leases of a storm's peers in etcd, one write a change, at a steady pace.</summary>
/// <param name="etcd">Where.</param>
/// <param name="peers">Whose.</param>
public sealed class StormWriter(EtcdGateway etcd, StormPeers peers)
{
    // Writes under way at a time: etcd answers one when it is on its disk, and many with one write to it.
    private const int Most = 16;

    // One in so many changes of the first writer, which are one in a hundred of all, is of the first peer, however many there are.
    private const int FirstEvery = 6;

    private readonly List<(long Generation, long Time)> _answered = [];
    private int _changes;

    /// <summary>When etcd had answered each change of the first peer; a <see cref="Stopwatch"/>'s times.</summary>
    public IReadOnlyList<(long Generation, long Time)> Answered => _answered;

    /// <summary>How many changes etcd has answered.</summary>
    public int Changes => Volatile.Read(ref _changes);

    /// <summary>Writes.</summary>
    /// <param name="perSecond">How many changes a second.</param>
    /// <param name="changes">How many at the most.</param>
    /// <param name="enough">Ends it early, behind the writes that have begun.</param>
    /// <returns>How long it took.</returns>
    /// <exception cref="HttpRequestException">etcd does not answer.</exception>
    public async Task<TimeSpan> RunAsync(int perSecond, int changes, CancellationToken enough)
    {
        int writers = Math.Min(Most, peers.Flapping);
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(() => WriteAsync(writer), CancellationToken.None)));
        return Stopwatch.GetElapsedTime(start);

        // A peer belongs to one writer, so that its generations come in order.
        async Task WriteAsync(int writer)
        {
            int[] own = [.. Enumerable.Range(0, peers.Flapping).Where(peer => peer % writers == writer)];
            for (int i = 0; (i * writers) + writer < changes && !enough.IsCancellationRequested; i++)
            {
                TimeSpan early = TimeSpan.FromSeconds((double)((i * writers) + writer) / perSecond) - Stopwatch.GetElapsedTime(start);
                if (early > TimeSpan.Zero)
                    await Task.Delay(early, CancellationToken.None);

                await ChangeAsync(own[writer == 0 && i % FirstEvery == 0 ? 0 : i % own.Length]);
            }
        }
    }

    private async Task ChangeAsync(int peer)
    {
        long generation = peers.BeginNext(peer);
        if (StormPeers.IsDeleted(peer, generation))
            await etcd.DeleteAsync(peers.KeyOf(peer));
        else
            await etcd.PutAsync(peers.KeyOf(peer), peers.ValueOf(peer, generation));

        // The first peer has one writer, and so has this list.
        if (peer == 0)
            _answered.Add((generation, Stopwatch.GetTimestamp()));

        _ = Interlocked.Increment(ref _changes);
    }
}
