using System.Diagnostics;

namespace FastFlannel.Lab;

/// <summary>Does something so many times a second.</summary>
internal static class Pace
{
    // What one that was held up makes up for at once; the kernel's own queue between two devices has room for a thousand packets.
    private const int LargestBurst = 100;

    /// <summary>Does it until there is enough, on this thread.</summary>
    /// <param name="perSecond">How often.</param>
    /// <param name="isEnough">Asked about a thousand times a second.</param>
    /// <param name="act">Is told how often it was done before.</param>
    /// <returns>How often it was done.</returns>
    public static long Keep(int perSecond, Func<bool> isEnough, Action<long> act)
    {
        long done = 0;
        long start = Stopwatch.GetTimestamp();
        double due = 0;
        while (!isEnough())
        {
            // Time lost is not made up for in one burst.
            due = Math.Min(Stopwatch.GetElapsedTime(start).TotalSeconds * perSecond, due + LargestBurst);
            for (; done < due; done++)
                act(done);

            Thread.Sleep(1);
        }

        return done;
    }
}
