using System.Globalization;
using System.Text.Json;

namespace FastFlannel.Lab;

/// <summary>Measures TCP between two ends of the overlay with iperf3.</summary>
public static class TcpStream
{
    private static readonly TimeSpan ServerLimit = TimeSpan.FromSeconds(5);

    // iperf3 ends by itself after the time asked for; more than this means that its control connection hangs.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>One stream in each direction, one after the other.</summary>
    /// <param name="client">Where iperf3 is asked to measure.</param>
    /// <param name="server">The other end.</param>
    /// <param name="seconds">How long each stream sends.</param>
    /// <param name="logFile">For the server's words.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>Client to server, then server to client.</returns>
    public static async Task<IReadOnlyList<TcpResult>> MeasureAsync(
        Endpoint client, Endpoint server, int seconds, string logFile, CancellationToken cancellation)
    {
        await using LabProcess listener = server.Namespace.Start(["iperf3", "-s", "--forceflush"], logFile);
        _ = await Wait.UntilAsync(IsListening, ServerLimit, "iperf3 to listen", cancellation);
        return
        [
            await StreamAsync(client, server, client, server, [], seconds, cancellation),
            await StreamAsync(server, client, client, server, ["--reverse"], seconds, cancellation),
        ];

        bool IsListening() => !listener.HasExited
            ? listener.Lines.Any(line => line.Contains("listening", StringComparison.Ordinal))
            : throw new LabException($"iperf3 ended at once:\n{listener.Tail(5)}");
    }

    private static async Task<TcpResult> StreamAsync(
        Endpoint from,
        Endpoint to,
        Endpoint client,
        Endpoint server,
        IReadOnlyList<string> arguments,
        int seconds,
        CancellationToken cancellation)
    {
        TimeSpan limit = TimeSpan.FromSeconds(seconds) + Grace;
        string time = seconds.ToString(CultureInfo.InvariantCulture);
        try
        {
            CommandResult said = await client.Namespace.ExecAsync(
                ["iperf3", "-J", "--connect-timeout", "3000", "-t", time, "-c", server.Address, .. arguments],
                limit,
                cancellation);
            return Parse(from.Name, to.Name, said);
        }
        catch (LabException error)
        {
            return new TcpResult(from.Name, to.Name, 0, error.Message);
        }
    }

    private static TcpResult Parse(string from, string to, CommandResult said)
    {
        try
        {
            using var report = JsonDocument.Parse(said.Output);
            JsonElement root = report.RootElement;
            if (root.TryGetProperty("error", out JsonElement error))
                return new TcpResult(from, to, 0, error.GetString());

            double bits = root.GetProperty("end").GetProperty("sum_received").GetProperty("bits_per_second").GetDouble();
            return new TcpResult(from, to, bits / 1e9, null);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException)
        {
            throw new LabException($"`{said.Command}` exited with {said.ExitCode} and no report: {said.Error.Trim()}", error);
        }
    }
}
