namespace FastFlannel.Lab;

/// <summary>Pings from one end to another.</summary>
/// <param name="From">Who asked.</param>
/// <param name="To">Who was asked.</param>
/// <param name="Sent">How many echo requests were sent.</param>
/// <param name="Received">How many were answered.</param>
/// <param name="AverageMilliseconds">The mean round trip of those answered, or <see langword="null"/> when none was.</param>
public sealed record PingResult(string From, string To, int Sent, int Received, double? AverageMilliseconds)
{
    /// <summary>Whether none was lost.</summary>
    public bool Ok => Sent > 0 && Received == Sent;
}
