using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// Tries again for as long as it takes, and says so once: one line when waiting begins or has a new cause, none for each try. Where
/// the same thing has to be waited for again and again, the lines get fewer.
/// </summary>
internal sealed class Patience(TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, LogBudget> _budgets = new();

    /// <summary>Hears what is waited for.</summary>
    public Pulse Pulse { get; init; } = new(time);

    /// <summary>Runs until it succeeds.</summary>
    public Task UntilDoneAsync(string what, Func<CancellationToken, Task> attempt, CancellationToken cancellation)
    {
        return UntilDoneAsync(what, DoAsync, cancellation);

        async Task<bool> DoAsync(CancellationToken token)
        {
            await attempt(token);
            return true;
        }
    }

    /// <summary>Runs until it succeeds.</summary>
    /// <param name="what">What is being done, for the log: <c>read the network config</c>.</param>
    /// <param name="attempt">One try; throws <see cref="EtcdException"/> or <see cref="NotYetException"/> when it has to be tried again.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task<T> UntilDoneAsync<T>(string what, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellation)
    {
        LogBudget budget = _budgets.GetOrAdd(what, _ => new LogBudget(time));
        using Heartbeat heart = Pulse.Begin(what);
        bool hasSaid = false;
        var backoff = new Backoff(FirstPause, LongestPause, time);
        while (true)
        {
            try
            {
                T result = await attempt(cancellation);
                budget.Reset();
                if (hasSaid)
                    logger.WaitOver(what);

                return result;
            }
            catch (Exception e) when (e is EtcdException or NotYetException)
            {
                heart.Beat(e.Message);
                if (budget.Allows(e.Message))
                {
                    hasSaid = true;
                    logger.Waiting(what, e.Message);
                }
            }

            await backoff.PauseAsync(cancellation);
        }
    }
}

/// <summary>etcd answered, but what it holds cannot be used yet.</summary>
internal sealed class NotYetException(string message) : Exception(message);
