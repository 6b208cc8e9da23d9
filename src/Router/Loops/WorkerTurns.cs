namespace FastFlannel.Router;

/// <summary>How many turns the threads of a worker have made.</summary>
/// <param name="First">The first thread's.</param>
/// <param name="Second">The second's, or null as long as it has no direction and sleeps.</param>
internal readonly record struct WorkerTurns(long First, long? Second)
{
    /// <summary>Whether every thread that is to turn has done so between then and now.</summary>
    public static bool Differ(WorkerTurns then, WorkerTurns now) =>
        now.First != then.First && (then.Second is null || now.Second is null || now.Second != then.Second);
}
