using System.Text.Json;

namespace FastFlannel.Lab;

/// <summary>The end of an iperf3 client's report (<c>iperf3 -J</c>), for one direction and any number of streams.</summary>
/// <param name="SentPerSecond">Packets sent a second; 0 for TCP, which does not count them.</param>
/// <param name="Received">What arrived.</param>
/// <param name="Retransmits">TCP segments sent again; <see langword="null"/> for UDP.</param>
/// <param name="Congestion">The sender's TCP congestion control; <see langword="null"/> for UDP.</param>
internal sealed record IperfReport(double SentPerSecond, IperfReport.Arrived Received, long? Retransmits, string? Congestion)
{
    /// <summary>What arrived.</summary>
    /// <param name="Bytes">Of payload.</param>
    /// <param name="Packets">Of UDP; 0 for TCP.</param>
    /// <param name="Seconds">How long it took.</param>
    public sealed record Arrived(long Bytes, long Packets, double Seconds)
    {
        /// <summary>In 10^9 bits of payload a second.</summary>
        public double GigabitsPerSecond => Seconds > 0 ? Bytes * 8 / Seconds / 1e9 : 0;

        /// <summary>UDP packets a second.</summary>
        public double PacketsPerSecond => Seconds > 0 ? Packets / Seconds : 0;
    }

    /// <summary>Reads a report.</summary>
    /// <param name="said">What the client said.</param>
    /// <exception cref="LabException">iperf3 reports an error, or nothing that can be read.</exception>
    public static IperfReport Read(CommandResult said)
    {
        try
        {
            using var report = JsonDocument.Parse(said.Output);
            JsonElement root = report.RootElement;
            if (root.TryGetProperty("error", out JsonElement error))
                throw new LabException($"`{said.Command}`: {error.GetString()}");

            return Read(root.GetProperty("end"));
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new LabException($"`{said.Command}` exited with {said.ExitCode} and no report: {said.Error.Trim()}", error);
        }
    }

    private static IperfReport Read(JsonElement end)
    {
        JsonElement sent = end.GetProperty("sum_sent");
        JsonElement received = end.GetProperty("sum_received");
        double seconds = received.GetProperty("seconds").GetDouble();
        long bytes = received.GetProperty("bytes").GetInt64();
        long? retransmits = sent.TryGetProperty("retransmits", out JsonElement again) ? again.GetInt64() : null;
        string? congestion = end.TryGetProperty("sender_tcp_congestion", out JsonElement name) ? name.GetString() : null;
        if (!sent.TryGetProperty("packets", out JsonElement packets))
            return new IperfReport(0, new Arrived(bytes, 0, seconds), retransmits, congestion);

        // The receiver's "packets" is the highest number it saw, so that what was lost on the way counts too.
        long arrived = received.GetProperty("packets").GetInt64() - received.GetProperty("lost_packets").GetInt64();
        double perSecond = packets.GetInt64() / sent.GetProperty("seconds").GetDouble();
        return new IperfReport(perSecond, new Arrived(bytes, arrived, seconds), retransmits, congestion);
    }
}
