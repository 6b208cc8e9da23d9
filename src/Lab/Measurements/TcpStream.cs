namespace FastFlannel.Lab;

/// <summary>Measures TCP between two ends of the overlay with iperf3.</summary>
public static class TcpStream
{
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
        await using LabProcess listener = await IperfRun.ListenAsync(server, [], logFile, cancellation);
        return
        [
            await StreamAsync(client, server, client, server, [], seconds, cancellation),
            await StreamAsync(server, client, client, server, ["--reverse"], seconds, cancellation),
        ];
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
        try
        {
            CommandResult said = await IperfRun.SendAsync(client, server, seconds, arguments, cancellation);
            return new TcpResult(from.Name, to.Name, IperfReport.Read(said).Received.GigabitsPerSecond, null);
        }
        catch (LabException error)
        {
            return new TcpResult(from.Name, to.Name, 0, error.Message);
        }
    }
}
