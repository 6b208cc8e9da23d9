namespace FastFlannel.Control;

/// <summary>One daemon's try to take this one's place. Ends with <see cref="TryLeave"/> or <see cref="GiveUp"/>.</summary>
public sealed class Successor
{
    internal Successor()
    {
    }

    internal TaskCompletionSource StandsBy { get; } = New();

    internal TaskCompletionSource ReleaseAsked { get; } = New();

    internal TaskCompletionSource Released { get; } = New();

    /// <summary>With whether the other has taken over.</summary>
    internal TaskCompletionSource<bool> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits until the node stands by: it changes nothing any more, and still carries packets.</summary>
    public Task StandsByAsync(CancellationToken cancellation) => StandsBy.Task.WaitAsync(cancellation);

    /// <summary>Has the node carry no more packets, and waits until it does not.</summary>
    /// <returns>False when the node did not wait any longer and goes on.</returns>
    public async Task<bool> ReleaseAsync(CancellationToken cancellation)
    {
        _ = ReleaseAsked.TrySetResult();
        _ = await Task.WhenAny(Released.Task, Ended.Task).WaitAsync(cancellation);
        return !Ended.Task.IsCompleted;
    }

    /// <summary>Has the node end.</summary>
    /// <returns>False when it did not wait any longer and goes on.</returns>
    public bool TryLeave() => Ended.TrySetResult(true);

    /// <summary>Has the node go on, unless it was told to end.</summary>
    public void GiveUp() => Ended.TrySetResult(false);

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
