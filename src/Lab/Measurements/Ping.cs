using System.Globalization;
using System.Text.RegularExpressions;

namespace FastFlannel.Lab;

/// <summary>Pings between ends of the overlay.</summary>
public static partial class Ping
{
    // Enough to keep two cores busy; more only makes the pings wait for one another and their times look worse.
    private const int AtOnce = 8;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Every ordered pair of ends.</summary>
    /// <param name="ends">The ends.</param>
    public static IEnumerable<(Endpoint From, Endpoint To)> Pairs(IReadOnlyList<Endpoint> ends) =>
        ends.SelectMany(from => ends.Where(to => to != from).Select(to => (from, to)));

    /// <summary>Pings from every end to every other.</summary>
    /// <param name="ends">The ends.</param>
    /// <param name="arguments">For ping, for example <c>-c 3 -i 0.2 -W 1</c>.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>One result for each ordered pair, in the order of the ends.</returns>
    public static async Task<IReadOnlyList<PingResult>> MeshAsync(
        IReadOnlyList<Endpoint> ends, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        (Endpoint From, Endpoint To)[] pairs = [.. Pairs(ends)];
        var results = new PingResult[pairs.Length];
        var degree = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        await Parallel.ForAsync(0, pairs.Length, degree, async (index, token) =>
        {
            (Endpoint from, Endpoint to) = pairs[index];
            results[index] = await MeasureAsync(from, to, arguments, token);
        });
        return results;
    }

    /// <summary>Pings from one end to another.</summary>
    /// <param name="from">Who asks.</param>
    /// <param name="to">Who is asked.</param>
    /// <param name="arguments">For ping, for example <c>-c 50 -i 0.01</c>.</param>
    /// <param name="cancellation">Gives up early.</param>
    public static async Task<PingResult> MeasureAsync(
        Endpoint from, Endpoint to, IReadOnlyList<string> arguments, CancellationToken cancellation) => Parse(
        from, to, await from.Namespace.ExecAsync(["ping", "-q", .. arguments, to.Address], Limit, cancellation));

    /// <summary>Asks every end for the others that do not answer one ping within a second; all at once.</summary>
    /// <param name="ends">The ends.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>The pairs that do not work, for example <c>c1 to c3</c>.</returns>
    public static async Task<IReadOnlyList<string>> UnreachableAsync(
        IReadOnlyList<Endpoint> ends, CancellationToken cancellation)
    {
        const string Loop = """for a; do { ping -q -c 1 -W 1 "$a" > /dev/null 2>&1 || echo "$a"; } & done; wait""";
        IReadOnlyList<string>[] lost = await Task.WhenAll(ends.Select(AskAsync));
        return [.. lost.SelectMany(pairs => pairs)];

        async Task<IReadOnlyList<string>> AskAsync(Endpoint from)
        {
            Endpoint[] others = [.. ends.Where(end => end != from)];
            CommandResult said = (await from.Namespace.ExecAsync(
                ["sh", "-c", Loop, "sh", .. others.Select(end => end.Address)], Limit, cancellation)).OrThrow();
            string[] addresses = said.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return [.. others.Where(end => addresses.Contains(end.Address)).Select(end => $"{from.Name} to {end.Name}")];
        }
    }

    /// <summary>Waits until every end reaches every other.</summary>
    /// <param name="ends">The ends.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>How long it took.</returns>
    /// <exception cref="LabException">Some pairs did not work in time; the message names them.</exception>
    public static async Task<TimeSpan> WaitForMeshAsync(
        IReadOnlyList<Endpoint> ends, TimeSpan limit, CancellationToken cancellation)
    {
        IReadOnlyList<string> lost = [];
        try
        {
            return await Wait.UntilAsync(IsWholeAsync, limit, "every end to reach every other", cancellation);
        }
        catch (LabException error)
        {
            throw new LabException($"{error.Message}; lost: {string.Join(", ", lost)}", error);
        }

        async Task<bool> IsWholeAsync()
        {
            lost = await UnreachableAsync(ends, cancellation);
            return lost.Count == 0;
        }
    }

    internal static PingResult Parse(Endpoint from, Endpoint to, CommandResult said)
    {
        Match counts = Counts().Match(said.Output);
        if (!counts.Success)
            throw new LabException($"`{said.Command}` said nothing that can be read: {said.Error.Trim()}{said.Output.Trim()}");

        Match times = Times().Match(said.Output);
        return new PingResult(
            from.Name,
            to.Name,
            int.Parse(counts.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
            int.Parse(counts.Groups[2].ValueSpan, CultureInfo.InvariantCulture),
            times.Success ? double.Parse(times.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null);
    }

    [GeneratedRegex(@"(\d+) packets transmitted, (\d+) received", RegexOptions.CultureInvariant)]
    private static partial Regex Counts();

    [GeneratedRegex(@"min/avg/max/mdev = [\d.]+/([\d.]+)/", RegexOptions.CultureInvariant)]
    private static partial Regex Times();
}
