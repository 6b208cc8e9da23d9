using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace FastFlannel.Control.Tests;

public class GatheringTests
{
    private readonly Channel<IReadOnlyList<int>> _source = Channel.CreateUnbounded<IReadOnlyList<int>>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_comes_while_something_is_put_in_force_comes_next_together_and_in_order()
    {
        var go = new TaskCompletionSource();
        var taken = new TaskCompletionSource();
        await using IAsyncEnumerator<IReadOnlyList<int>> portions = OneThenMoreAsync(go.Task, taken, CancellationToken.None)
            .GatherAsync(TimeProvider.System, Cancel).GetAsyncEnumerator(Cancel);
        Assert.True(await portions.MoveNextAsync());
        Assert.Equal([1], portions.Current);

        go.SetResult();
        await taken.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.True(await portions.MoveNextAsync());
        Assert.Equal([2, 3, 4], portions.Current);
    }

    [Fact]
    public async Task Under_a_stream_without_end_everything_comes_once_and_in_order()
    {
        const int Count = 20_000;
        var writing = Task.Run(
            async () =>
            {
                for (int i = 0; i < Count; i++)
                    await WriteAsync([i]);

                _source.Writer.Complete();
            },
            Cancel);
        int next = 0;
        await foreach (IReadOnlyList<int> portion in _source.Reader.ReadAllAsync(Cancel).GatherAsync(TimeProvider.System, Cancel))
        {
            Assert.NotEmpty(portion);
            foreach (int number in portion)
                Assert.Equal(next++, number);
        }

        await writing;
        Assert.Equal(Count, next);
    }

    [Fact]
    public async Task What_ends_the_source_comes_behind_all_that_it_gave()
    {
        await WriteAsync([1]);
        _source.Writer.Complete(new InvalidOperationException("broken"));

        List<int> seen = [];
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (IReadOnlyList<int> portion in _source.Reader.ReadAllAsync(Cancel).GatherAsync(TimeProvider.System, Cancel))
                seen.AddRange(portion);
        });
        Assert.Equal([1], seen);
    }

    [Fact]
    public async Task Who_stops_listening_ends_the_source()
    {
        var ended = new TaskCompletionSource();
        IAsyncEnumerator<IReadOnlyList<int>> portions = EndlessAsync(ended, CancellationToken.None)
            .GatherAsync(TimeProvider.System, Cancel).GetAsyncEnumerator(Cancel);
        Assert.True(await portions.MoveNextAsync());

        await portions.DisposeAsync();

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    private static async IAsyncEnumerable<IReadOnlyList<int>> OneThenMoreAsync(
        Task go, TaskCompletionSource taken, [EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return [1];
        await go;
        yield return [2, 3];
        yield return [4];

        // Who asks for more has taken these.
        taken.SetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
    }

    private static async IAsyncEnumerable<IReadOnlyList<int>> EndlessAsync(
        TaskCompletionSource ended, [EnumeratorCancellation] CancellationToken cancellation)
    {
        try
        {
            yield return [1];
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        }
        finally
        {
            ended.SetResult();
        }
    }

    private ValueTask WriteAsync(int[] numbers) => _source.Writer.WriteAsync(numbers, Cancel);
}
