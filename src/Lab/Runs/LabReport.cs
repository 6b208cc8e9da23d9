using System.Text.Json.Serialization;

namespace FastFlannel.Lab;

/// <summary>What a run found.</summary>
/// <param name="Backend">The overlay's backend.</param>
/// <param name="Network">The overlay's network.</param>
/// <param name="Hosts">The hosts, first to last.</param>
/// <param name="Pings">One result for each ordered pair of containers.</param>
/// <param name="Tcp">One result for each direction between the first and the last container.</param>
public sealed record LabReport(
    string Backend,
    string Network,
    IReadOnlyList<HostReport> Hosts,
    IReadOnlyList<PingResult> Pings,
    IReadOnlyList<TcpResult> Tcp)
{
    /// <summary>The same over IPv6, or null when the cluster is not dual-stack.</summary>
    public FamilyReport? Ipv6 { get; init; }

    /// <summary>Whether every pair answered every ping and TCP moved data both ways.</summary>
    public bool Ok => AllPings.All(ping => ping.Ok) && AllTcp.All(stream => stream.Ok);

    internal IEnumerable<PingResult> AllPings => Ipv6 is null ? Pings : Pings.Concat(Ipv6.Pings);

    private IEnumerable<TcpResult> AllTcp => Ipv6 is null ? Tcp : Tcp.Concat(Ipv6.Tcp);
}

/// <summary>What a run found over one address family.</summary>
/// <param name="Network">The overlay's network.</param>
/// <param name="Pings">One result for each ordered pair of containers.</param>
/// <param name="Tcp">One result for each direction between the first and the last container.</param>
public sealed record FamilyReport(string Network, IReadOnlyList<PingResult> Pings, IReadOnlyList<TcpResult> Tcp);

/// <summary>A host as its daemon set it up.</summary>
/// <param name="Name">For example <c>h1</c>.</param>
/// <param name="PublicIp">Its address on the underlay.</param>
/// <param name="Subnet">Its lease, for example <c>10.5.64.0/24</c>.</param>
/// <param name="Device">The overlay's device, or <see langword="null"/> when the backend makes none.</param>
/// <param name="Mtu">FLANNEL_MTU, in bytes.</param>
public sealed record HostReport(string Name, string PublicIp, string Subnet, string? Device, int Mtu)
{
    /// <summary>The IPv6 half of its lease, or null when the cluster is not dual-stack.</summary>
    public string? Ipv6Subnet { get; init; }
}

/// <summary>Writes a report as JSON without reflection.</summary>
[JsonSerializable(typeof(LabReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class LabReportJson : JsonSerializerContext;
