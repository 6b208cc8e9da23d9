using System.Globalization;

namespace FastFlannel.Lab;

/// <summary>Lays a storm's report out for a person, within 120 columns.</summary>
internal static class StormView
{
    public static void Write(TextWriter output, StormReport report)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Peers} peers, {report.Rate} changes/s, {report.Samples.Max(sample => sample.Round)} rounds, {report.Seconds} s each"));
        output.WriteLine("way            weather    Gbit/s (min-max)    of calm  of elsewhere  changes/s  in force ms: median  99 %  max  lost         wrong  GCs  CPU %");
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
        string speed = string.Create(
            CultureInfo.InvariantCulture,
            $"{one.GigabitsPerSecond.Median:0.00} ({one.GigabitsPerSecond.Min:0.00}-{one.GigabitsPerSecond.Max:0.00})");
        string lag = one.InForce is { } took
            ? string.Create(CultureInfo.InvariantCulture, $"{took.Median,19:0}  {took.Percentile99,4:0}  {took.Max,3:0}")
            : $"{"-",19}  {"-",4}  {"-",3}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{one.Way,-13}  {one.Weather.ToString().ToLowerInvariant(),-9}  {speed,-18}  {one.OfCalm.Median,7:0.00}  {one.OfElsewhere.Median,12:0.00}  {one.ChangesPerSecond,9:0}  {lag}  {$"{one.ProbesLost}/{one.ProbesSent}",-11}  {one.Misdirected,5}  {one.Collections,3}  {one.ProcessorPercent,5:0}");
    }
}
