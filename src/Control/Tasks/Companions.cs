namespace FastFlannel.Control;

/// <summary>Parts of a life that go on at once.</summary>
internal static class Companions
{
    /// <summary>Runs all of them. The first that ends, ends the others, and how it ended is how this ends.</summary>
    /// <param name="parts">The parts; each is given the order to stop.</param>
    /// <param name="cancellation">The order to stop from outside.</param>
    public static async Task RunAsync(IEnumerable<Func<CancellationToken, Task>> parts, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] running = [.. parts.Select(part => part(stop.Token))];
        Task first = await Task.WhenAny(running);
        await stop.CancelAsync();
        await Task.WhenAll(running).ContinueWith(static _ => { }, TaskScheduler.Default);
        await first;
    }
}
