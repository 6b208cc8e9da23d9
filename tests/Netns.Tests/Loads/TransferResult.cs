namespace FastFlannel.Netns.Tests;

/// <summary>How a stream went.</summary>
/// <param name="From">Its sender's name.</param>
/// <param name="To">Its receiver's name.</param>
/// <param name="SentBytes">Bytes handed to the kernel.</param>
/// <param name="ReceivedBytes">Bytes got from it.</param>
/// <param name="SentHash">SHA-256 of what was sent, in hexadecimal digits.</param>
/// <param name="ReceivedHash">SHA-256 of what was received.</param>
/// <param name="FirstDifference">
/// Where in the stream lies the first block that is not as it should be, or <see langword="null"/> when there is none.
/// </param>
/// <param name="Elapsed">From the first byte to the last.</param>
internal sealed record TransferResult(
    string From,
    string To,
    long SentBytes,
    long ReceivedBytes,
    string SentHash,
    string ReceivedHash,
    long? FirstDifference,
    TimeSpan Elapsed)
{
    /// <summary>Whether what came is what was sent.</summary>
    public bool Ok => FirstDifference is null && SentBytes == ReceivedBytes && SentHash == ReceivedHash;

    /// <summary>How fast it went, for people: no test asserts it.</summary>
    public double GigabitsPerSecond => ReceivedBytes * 8 / Elapsed.TotalSeconds / 1e9;

    /// <summary>One line.</summary>
    public override string ToString()
    {
        string how = FormattableString.Invariant(
            $"{ReceivedBytes} of {SentBytes} bytes in {Elapsed.TotalSeconds:0.00} s, {GigabitsPerSecond:0.00} Gbit/s");
        string hashes = Ok
            ? $"SHA-256 {SentHash} on both sides"
            : $"SHA-256 {SentHash} sent, {ReceivedHash} received, from {FirstDifference} on";
        return $"{From} to {To}: {how}, {hashes}";
    }
}
