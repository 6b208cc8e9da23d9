namespace FastFlannel.Lab;

/// <summary>What became of a <see cref="SteadyTraffic"/>.</summary>
/// <param name="PingsSent">Echo requests.</param>
/// <param name="PingsAnswered">Those that were answered.</param>
/// <param name="DatagramsSent">Datagrams.</param>
/// <param name="DatagramsReceived">Those that arrived.</param>
/// <param name="LongestGap">The longest time between two that arrived one after the other.</param>
/// <param name="LongestGapEnd">When it ended, by <see cref="System.Diagnostics.Stopwatch"/>.</param>
/// <param name="BytesSent">Bytes of the TCP stream.</param>
/// <param name="BytesReceived">Those that arrived.</param>
public sealed record SteadyTrafficResult(
    int PingsSent,
    int PingsAnswered,
    long DatagramsSent,
    long DatagramsReceived,
    TimeSpan LongestGap,
    long LongestGapEnd,
    long BytesSent,
    long BytesReceived)
{
    /// <summary>Pings that were not answered.</summary>
    public int PingsLost => PingsSent - PingsAnswered;

    /// <summary>Datagrams that did not arrive.</summary>
    public long DatagramsLost => DatagramsSent - DatagramsReceived;

    /// <summary>Whether the stream arrived as a whole.</summary>
    public bool IsStreamWhole => BytesSent > 0 && BytesReceived == BytesSent;
}
