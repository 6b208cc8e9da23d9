using FastFlannel.Control;

namespace FastFlannel.Daemon;

/// <summary>
/// What <c>/readyz</c> says. flanneld's answer, word for word, while all is well; in trouble it stays ready as long as packets can
/// flow, and says what is wrong below. docs/adr/0014-readiness.md.
/// </summary>
/// <param name="IsReady">200, or 503.</param>
/// <param name="Text">The answer's body.</param>
internal readonly record struct ReadinessAnswer(bool IsReady, string Text)
{
    /// <summary>Decides.</summary>
    /// <param name="hasStarted">Whether subnet.env is written and the first peers are in force.</param>
    /// <param name="status">What is wrong since.</param>
    /// <param name="waiting">What the start waits for, or null.</param>
    public static ReadinessAnswer Of(bool hasStarted, NodeStatus status, string? waiting)
    {
        if (!hasStarted)
            return new ReadinessAnswer(false, $"flanneld is not ready yet{(waiting is null ? "" : $"\nwaiting to {waiting}")}");

        return status.Obstacle is { } obstacle
            ? new ReadinessAnswer(false, $"flanneld is not ready: {obstacle}")
            : new ReadinessAnswer(true, string.Join('\n', ["flanneld is ready", .. status.Troubles]));
    }
}
