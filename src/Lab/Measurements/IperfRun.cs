using System.Globalization;

namespace FastFlannel.Lab;

/// <summary>One iperf3 run between two ends: a server that serves once, and its client.</summary>
internal static class IperfRun
{
    private static readonly TimeSpan ServerLimit = TimeSpan.FromSeconds(5);

    // iperf3 ends by itself after the time asked for; more than this means that its control connection hangs.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>Starts a server and waits until it listens.</summary>
    /// <param name="at">Where.</param>
    /// <param name="arguments">More arguments, for example <c>-1</c>.</param>
    /// <param name="logFile">For its words.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <exception cref="LabException">It ended, or does not listen.</exception>
    public static async Task<LabProcess> ListenAsync(
        Endpoint at, IReadOnlyList<string> arguments, string logFile, CancellationToken cancellation)
    {
        LabProcess server = at.Namespace.Start(["iperf3", "-s", "--forceflush", .. arguments], logFile);
        try
        {
            _ = await Wait.UntilAsync(IsListening, ServerLimit, "iperf3 to listen", cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        bool IsListening() => !server.HasExited
            ? server.Lines.Any(line => line.Contains("listening", StringComparison.Ordinal))
            : throw new LabException($"iperf3 ended at once:\n{server.Tail(5)}");
    }

    /// <summary>Runs a client to its end.</summary>
    /// <param name="at">Where.</param>
    /// <param name="server">The end with the server.</param>
    /// <param name="seconds">How long it sends.</param>
    /// <param name="arguments">More arguments, for example <c>-P 4</c>.</param>
    /// <param name="cancellation">Kills it early.</param>
    /// <returns>What it said: one JSON document, if all is well.</returns>
    /// <exception cref="LabException">It did not end in time.</exception>
    public static Task<CommandResult> SendAsync(
        Endpoint at, Endpoint server, int seconds, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        string time = seconds.ToString(CultureInfo.InvariantCulture);
        return at.Namespace.ExecAsync(
            ["iperf3", "-J", "--connect-timeout", "3000", "-t", time, "-c", server.Address, .. arguments],
            TimeSpan.FromSeconds(seconds) + Grace,
            cancellation);
    }

    /// <summary>Serves once, sends once and reads the report.</summary>
    /// <param name="from">The end that sends.</param>
    /// <param name="to">The end that receives.</param>
    /// <param name="seconds">How long it sends.</param>
    /// <param name="arguments">More arguments for the client.</param>
    /// <param name="logFile">For the server's words.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <exception cref="LabException">iperf3 failed; the message has its reason.</exception>
    public static async Task<IperfReport> MeasureAsync(
        Endpoint from, Endpoint to, int seconds, IReadOnlyList<string> arguments, string logFile, CancellationToken cancellation)
    {
        await using LabProcess server = await ListenAsync(to, ["-1"], logFile, cancellation);
        return IperfReport.Read(await SendAsync(from, to, seconds, arguments, cancellation));
    }
}
