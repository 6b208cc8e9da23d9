using System.Globalization;

namespace FastFlannel.Lab;

/// <summary>Lays a storm's report out for a person, within 120 columns.</summary>
internal static class StormView
{
    public static void Write(TextWriter output, StormReport report)
    {
        int rounds = report.Samples.Max(sample => sample.Round);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Peers} peers, {report.Rate} changes/s, {(rounds == 1 ? "1 round" : $"{rounds} rounds")}, {report.Seconds} s each"));
        output.WriteLine($"{"",44}{"TCP as share of",-28}{"in force, ms",18}");
        output.WriteLine(
            $"{"way",-13}  {"weather",-9}  Gbit/s (min-max)  calm  elsewhere  changes/s  median  99 %   max       lost  wrong  GCs  CPU %");
        foreach (StormSummary one in report.Summaries)
            output.WriteLine(Row(one));

        output.WriteLine();
        foreach (BenchVerdict verdict in report.Requirements)
        {
            string bound = verdict.Bound == BenchBound.AtLeast ? "at least" : "at most";
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{verdict.Path,-13}  {verdict.Requirement,-36}  {verdict.Value,8:0.##} {verdict.Unit,-2}  {bound} {verdict.Limit:0.##} {verdict.Unit,-2}  {(verdict.Met == true ? "met" : "NOT MET")}"));
        }

        foreach (string problem in report.Problems)
            output.WriteLine(problem);
    }

    private static string Row(StormSummary one)
    {
        Spread bits = one.GigabitsPerSecond;
        string speed = $"{Speed(bits.Median)} ({Speed(bits.Min)}-{Speed(bits.Max)})";
        string lag = one.InForce is { } took
            ? string.Create(CultureInfo.InvariantCulture, $"{took.Median,6:0}  {took.Percentile99,4:0}  {took.Max,4:0}")
            : $"{"-",6}  {"-",4}  {"-",4}";
        string left = string.Create(
            CultureInfo.InvariantCulture,
            $"{one.Way,-13}  {one.Weather.ToString().ToLowerInvariant(),-9}  {speed,-16}  {one.OfCalm.Median,4:0.00}  {one.OfElsewhere.Median,9:0.00}");
        string probes = $"{one.ProbesLost}/{one.ProbesSent}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{left}  {one.ChangesPerSecond,9:0}  {lag}  {probes,9}  {one.Misdirected,5}  {one.Collections,3}  {one.ProcessorPercent,5:0}");
    }

    // Four characters up to 99.9.
    private static string Speed(double value) => value.ToString(value < 9.995 ? "0.00" : "0.0", CultureInfo.InvariantCulture);
}
