using System.Globalization;
using System.Text.RegularExpressions;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Pings that must all be answered: once, in order, with the bytes that were asked with.</summary>
internal static partial class Echo
{
    private const int Count = 5;

    /// <summary>Pings five times.</summary>
    /// <param name="from">Who asks.</param>
    /// <param name="to">Who is asked.</param>
    /// <param name="size">Bytes behind the ICMP header.</param>
    /// <param name="discovery"><c>do</c> sets DF, <c>dont</c> does not.</param>
    /// <param name="cancellation">Gives up early.</param>
    public static async Task AssertAsync(
        Endpoint from, Endpoint to, int size, string discovery, CancellationToken cancellation)
    {
        // With -w, ping waits for five answers and goes on asking until then. Without, it would wait for the last no longer than
        // twice as long as for the others, which is too short on a busy machine.
        CommandResult said = await from.Namespace.ExecAsync(
            [
                "ping", "-c", Count.ToString(CultureInfo.InvariantCulture), "-w", "5", "-i", "0.01", "-M", discovery,
                "-s", size.ToString(CultureInfo.InvariantCulture), to.Address,
            ],
            cancellation);

        // One more may have been asked while the last answer was awaited; none may be missing, doubled or out of turn.
        int[] answered =
        [
            .. Sequence().Matches(said.Output)
                .Select(match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)),
        ];
        Assert.True(
            said.Ok && answered.Length >= Count && answered.SequenceEqual(Enumerable.Range(1, answered.Length)),
            $"{size} bytes, -M {discovery}: {said.Output}{said.Error}");
        Assert.DoesNotContain("wrong data", said.Output, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"bytes from .* icmp_seq=(\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Sequence();
}
