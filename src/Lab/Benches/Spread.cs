namespace FastFlannel.Lab;

/// <summary>What a value was in all rounds.</summary>
/// <param name="Median">The middle one; the mean of the middle two of an even number.</param>
/// <param name="Min">The smallest.</param>
/// <param name="Max">The largest.</param>
public sealed record Spread(double Median, double Min, double Max)
{
    /// <summary>Summarises values.</summary>
    /// <param name="values">In any order.</param>
    /// <returns>The summary, or <see langword="null"/> when there is no value.</returns>
    public static Spread? Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0)
            return null;

        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }
}
