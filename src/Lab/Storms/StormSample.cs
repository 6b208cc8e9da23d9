namespace FastFlannel.Lab;

/// <summary>One measurement.</summary>
/// <param name="Round">1 for the first.</param>
/// <param name="Way">How TCP goes: <c>router</c> or <c>kernel tunnel</c>.</param>
/// <param name="Weather">What happened in etcd meanwhile.</param>
/// <param name="GigabitsPerSecond">What one TCP stream moved, in 10^9 bits a second.</param>
/// <param name="ChangesPerSecond">How many writes etcd answered a second.</param>
/// <param name="ProbesSent">To a peer whose lease does not change, over UDP and, where it goes another way, ICMP.</param>
/// <param name="ProbesLost">Of these; one or two may be those under way.</param>
/// <param name="Misdirected">Probes to any peer that went where no lease in force sent them.</param>
/// <param name="Collections">Garbage collections of both daemons.</param>
/// <param name="ProcessorPercent">Of one processor, what both daemons used.</param>
/// <param name="InForceMilliseconds">
/// From etcd's answer until a probe came by the new lease, on every way that packets go; one for each change that was timed.
/// </param>
public sealed record StormSample(
    int Round,
    string Way,
    StormWeather Weather,
    double GigabitsPerSecond,
    double ChangesPerSecond,
    long ProbesSent,
    long ProbesLost,
    long Misdirected,
    long Collections,
    double ProcessorPercent,
    IReadOnlyList<double> InForceMilliseconds);
