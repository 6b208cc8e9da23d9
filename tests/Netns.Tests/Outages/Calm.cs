using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// How much a daemon works and talks from one moment on. What spins, or tries again without a pause, uses a whole processor and
/// writes a line each time; what waits does next to nothing.
/// </summary>
internal sealed class Calm
{
    // Long enough for what spins or repeats itself to show.
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(4);

    private readonly FlannelDaemon _daemon;
    private readonly TimeSpan _processorTime;
    private readonly int _lines;

    private Calm(FlannelDaemon daemon)
    {
        _daemon = daemon;
        _processorTime = daemon.ProcessorTime;
        _lines = daemon.Process.Lines.Count;
    }

    /// <summary>From now on.</summary>
    public static Calm Of(FlannelDaemon daemon) => new(daemon);

    /// <summary>Watches daemons for a while in which nothing is to be done.</summary>
    public static async Task AssertAsync(IEnumerable<FlannelDaemon> daemons, CancellationToken cancellation)
    {
        Calm[] all = [.. daemons.Select(Of)];
        await Task.Delay(Watched, cancellation);
        foreach (Calm one in all)
            one.Assert(Watched / 10, 2);
    }

    /// <summary>Asserts what was used and said since.</summary>
    /// <param name="processorTime">At most.</param>
    /// <param name="lines">At most.</param>
    public void Assert(TimeSpan processorTime, int lines)
    {
        Xunit.Assert.True(_daemon.IsRunning, _daemon.DescribeLog());
        Xunit.Assert.InRange(_daemon.ProcessorTime - _processorTime, TimeSpan.Zero, processorTime);
        Xunit.Assert.True(_daemon.Process.Lines.Count - _lines <= lines, _daemon.DescribeLog());
    }
}
