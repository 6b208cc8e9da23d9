using System.Diagnostics;

namespace FastFlannel.Lab;

/// <summary>Waits for conditions, never for time to pass.</summary>
public static class Wait
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks again and again until the answer is yes.</summary>
    /// <param name="condition">Asked at once, and then every 20 ms after each answer.</param>
    /// <param name="limit">How long to go on asking.</param>
    /// <param name="what">What is waited for, for the message, for example <c>etcd to answer</c>.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>How long it took.</returns>
    /// <exception cref="LabException">The limit passed first.</exception>
    public static async Task<TimeSpan> UntilAsync(
        Func<Task<bool>> condition, TimeSpan limit, string what, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
                throw new LabException($"waited {limit.TotalSeconds:0.#} s in vain for {what}");

            await Task.Delay(Pause, cancellation);
        }

        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Asks again and again until the answer is yes.</summary>
    /// <param name="condition">Asked at once, and then every 20 ms.</param>
    /// <param name="limit">How long to go on asking.</param>
    /// <param name="what">What is waited for, for the message.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>How long it took.</returns>
    /// <exception cref="LabException">The limit passed first.</exception>
    public static Task<TimeSpan> UntilAsync(Func<bool> condition, TimeSpan limit, string what, CancellationToken cancellation) =>
        UntilAsync(() => Task.FromResult(condition()), limit, what, cancellation);
}
