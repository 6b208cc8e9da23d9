namespace FastFlannel.Control;

/// <summary>Asks the packet loops now and then whether they still turn: they block without a limit and have no timer of their own.</summary>
internal static class LoopWatch
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until told to stop.</summary>
    /// <param name="ask">Asks for a turn; gives a function that tells whether it was made.</param>
    /// <param name="pulse">Hears each turn.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task RunAsync(Func<Func<bool>> ask, Pulse pulse, TimeProvider time, CancellationToken cancellation)
    {
        using Heartbeat heart = pulse.Begin("carry packets");
        while (true)
        {
            await Task.Delay(Pause, time, cancellation);
            Func<bool> haveTurned = ask();
            while (!haveTurned())
                await Task.Delay(LookPause, time, cancellation);

            heart.Beat();
        }
    }
}
