namespace FastFlannel.Lab;

/// <summary>One TCP stream from one end to another.</summary>
/// <param name="From">Who sent.</param>
/// <param name="To">Who received.</param>
/// <param name="GigabitsPerSecond">What arrived, in 10^9 bits a second.</param>
/// <param name="Error">What iperf3 said when it failed, or <see langword="null"/>.</param>
public sealed record TcpResult(string From, string To, double GigabitsPerSecond, string? Error)
{
    /// <summary>Whether data arrived.</summary>
    public bool Ok => Error is null && GigabitsPerSecond > 0;
}
