using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FastFlannel.Lab;

/// <summary>What a daemon says of itself at <c>/status</c> on its health port; what it does not serve is absent.</summary>
public sealed record DaemonStatus
{
    /// <summary>The overlay's backend.</summary>
    public string? Backend { get; init; }

    /// <summary>The overlay's device.</summary>
    public string? Device { get; init; }

    /// <summary>The device's MTU, in bytes.</summary>
    public int? Mtu { get; init; }

    /// <summary>How many queues the device has, each with a worker.</summary>
    public int? Queues { get; init; }

    /// <summary>Whether each flow is kept on one of them: <c>on</c>, <c>one queue</c>, or why not.</summary>
    public string? Steering { get; init; }

    /// <summary>How many peers' subnets are in force.</summary>
    public int? Peers { get; init; }

    /// <summary>How many peers' IPv6 subnets are in force; null where the network has IPv4 alone.</summary>
    public int? Ipv6Peers { get; init; }

    /// <summary>The host's subnet.</summary>
    public string? Subnet { get; init; }

    /// <summary>The host's IPv6 subnet; null where the network has IPv4 alone.</summary>
    public string? Ipv6Subnet { get; init; }

    /// <summary>The state of each offload by its name, for example <c>tso</c>: <c>on</c>.</summary>
    public IReadOnlyDictionary<string, string>? Offloads { get; init; }

    /// <summary>How often something in the kernel was put back that somebody else had changed.</summary>
    public long? KernelRepairs { get; init; }

    /// <summary>What is not in force in the kernel, and why.</summary>
    public IReadOnlyDictionary<string, string>? KernelTroubles { get; init; }

    /// <summary>From the host's device to its peers.</summary>
    public DirectionStatus? Outbound { get; init; }

    /// <summary>From the peers to the host's device.</summary>
    public DirectionStatus? Inbound { get; init; }

    /// <summary>Whose packets were dropped on the way in, the heaviest first.</summary>
    public IReadOnlyList<DropSource>? DropSources { get; init; }

    /// <summary>Managed memory that the packet loops have allocated, in bytes.</summary>
    public long? LoopAllocatedBytes { get; init; }

    /// <summary>What went through the kernel.</summary>
    public TunnelStatus? KernelTunnel { get; init; }

    /// <summary>The garbage collector.</summary>
    public CollectorStatus? Gc { get; init; }

    /// <summary>Why it does not follow its peers' leases; <see langword="null"/> when it does.</summary>
    public string? EtcdTrouble { get; init; }

    /// <summary>Asks a daemon.</summary>
    /// <param name="host">Where it runs.</param>
    /// <param name="port">Its health port, on 127.0.0.1.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>What it said, or <see langword="null"/> when nothing or nothing that can be read.</returns>
    public static async Task<DaemonStatus?> ReadAsync(Namespace host, int port, CancellationToken cancellation)
    {
        try
        {
            HealthAnswer answer = await HealthAnswer.ReadAsync(host, port, "/status", HttpMethod.Get, cancellation);
            return answer.Code == HttpStatusCode.OK ? Parse(answer.Body) : null;
        }
        catch (Exception error) when (error is HttpRequestException or JsonException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Reads what a daemon said.</summary>
    /// <exception cref="JsonException">It is no status.</exception>
    internal static DaemonStatus? Parse(string json) =>
        JsonSerializer.Deserialize(json, DaemonStatusJson.Default.DaemonStatus);

    /// <summary>One direction's counters, since the daemon started.</summary>
    public sealed record DirectionStatus
    {
        /// <summary>Packets forwarded.</summary>
        public long? Packets { get; init; }

        /// <summary>Their bytes.</summary>
        public long? Bytes { get; init; }

        /// <summary>Packets dropped, by reason.</summary>
        public IReadOnlyDictionary<string, long>? Drops { get; init; }
    }

    /// <summary>A source of packets that were dropped.</summary>
    public sealed record DropSource
    {
        /// <summary>Where their datagrams came from.</summary>
        public string? Address { get; init; }

        /// <summary>Why, as in <see cref="DirectionStatus.Drops"/>.</summary>
        public string? Reason { get; init; }

        /// <summary>How many.</summary>
        public long? Packets { get; init; }
    }

    /// <summary>What went through the kernel instead of the packet loops, since the daemon started.</summary>
    public sealed record TunnelStatus
    {
        /// <summary>Subnets of peers that are reached that way.</summary>
        public int? Peers { get; init; }

        /// <summary>Packets to peers.</summary>
        public long? PacketsOut { get; init; }

        /// <summary>Bytes of them.</summary>
        public long? BytesOut { get; init; }

        /// <summary>Packets from peers.</summary>
        public long? PacketsIn { get; init; }
    }

    /// <summary>The garbage collector's counters, since the daemon started.</summary>
    public sealed record CollectorStatus
    {
        /// <summary>Collections of any generation.</summary>
        public long? Collections { get; init; }

        /// <summary>Managed memory that the process has allocated, in bytes.</summary>
        public long? AllocatedBytes { get; init; }
    }
}

/// <summary>Reads a status without reflection.</summary>
[JsonSerializable(typeof(DaemonStatus))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, PropertyNameCaseInsensitive = true)]
internal sealed partial class DaemonStatusJson : JsonSerializerContext;
