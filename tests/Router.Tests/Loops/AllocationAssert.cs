namespace FastFlannel.Router.Tests;

/// <summary>That a turn of a loop allocates nothing on the GC heap.</summary>
internal static class AllocationAssert
{
    private const int Series = 5, Rounds = 100;

    /// <summary>
    /// Turns the loop many times. The runtime may allocate on any thread for its own ends, when it compiles a method anew for
    /// example, but not again and again; so one series of turns without a byte is proof, and a turn that allocates spoils all.
    /// </summary>
    /// <param name="prepare">What is done before each turn, and may allocate.</param>
    /// <param name="turn">What must not.</param>
    public static void None(Action prepare, Action turn)
    {
        long least = long.MaxValue;
        _ = Run(prepare, turn);
        for (int i = 0; i < Series && least > 0; i++)
            least = Math.Min(least, Run(prepare, turn));

        Assert.Equal(0, least);
    }

    private static long Run(Action prepare, Action turn)
    {
        long allocated = 0;
        for (int i = 0; i < Rounds; i++)
        {
            prepare();
            long before = GC.GetAllocatedBytesForCurrentThread();
            turn();
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        return allocated;
    }
}
