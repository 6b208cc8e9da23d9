using System.Text.Json;
using System.Text.Json.Serialization;
using FastFlannel.Control;
using FastFlannel.Router;

namespace FastFlannel.Daemon;

/// <summary>What <c>/status</c> says, in JSON with names in lower camel case.</summary>
internal sealed record StatusDocument
{
    private const int MostDropSources = 16;

    public required string Backend { get; init; }

    public required string? Device { get; init; }

    public required int Mtu { get; init; }

    public required int Peers { get; init; }

    /// <summary>This host's subnet; null only before it is had.</summary>
    public required string? Subnet { get; init; }

    /// <summary>Null where the network has IPv4 alone.</summary>
    public required string? Ipv6Subnet { get; init; }

    /// <summary>How often something in the kernel was put back that somebody else had changed.</summary>
    public required long KernelRepairs { get; init; }

    /// <summary>What is not in force in the kernel, and why: devices by name, peers by subnet.</summary>
    public required IReadOnlyDictionary<string, string> KernelTroubles { get; init; }

    /// <summary>Of the udp backend, as all that follow down to <see cref="StepDowns"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Queues { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Steering { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? SocketBuffer { get; init; }

    /// <summary>Peers that take IPv6, or null where the network has IPv4 alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Ipv6Peers { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Offloads { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Direction? Outbound { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Direction? Inbound { get; init; }

    /// <summary>The heaviest sources of what was dropped on the way in.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Dropper>? DropSources { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? LoopAllocatedBytes { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Tunnel? KernelTunnel { get; init; }

    /// <summary>How often an offload was given up.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? StepDowns { get; init; }

    public required Collector Gc { get; init; }

    /// <summary>The own lease; null only before it is had.</summary>
    public required OwnLease? Lease { get; init; }

    /// <summary>The way to etcd.</summary>
    public required EtcdUse? Etcd { get; init; }

    /// <summary>The firewall rules.</summary>
    public required Firewall? FirewallRules { get; init; }

    /// <summary>How often the address that leads to peers changed.</summary>
    public required long AddressChanges { get; init; }

    /// <summary>Why peers do not reach this host's address, or null.</summary>
    public required string? AddressTrouble { get; init; }

    /// <summary>Why the own lease may be lost, or null.</summary>
    public required string? LeaseTrouble { get; init; }

    /// <summary>Why the leases of peers are not followed, or null.</summary>
    public required string? EtcdTrouble { get; init; }

    /// <summary>What to say of a backend that runs.</summary>
    public static StatusDocument Of(BackendStatus status, NodeStatus node)
    {
        var document = new StatusDocument
        {
            Backend = status.Type,
            Device = status.Device,
            Mtu = status.Mtu,
            Peers = status.Peers,
            Subnet = node.Lease?.Subnet.Ipv4.ToString(),
            Ipv6Subnet = node.Lease?.Subnet.Ipv6?.ToString(),
            KernelRepairs = status.Kernel.Repairs,
            KernelTroubles = status.Kernel.Troubles,
            Gc = new Collector(GC.CollectionCount(0), GC.GetTotalAllocatedBytes()),
            Lease = OwnLease.Of(node),
            Etcd = EtcdUse.Of(node),
            FirewallRules = Firewall.Of(node),
            AddressChanges = node.Moves,
            AddressTrouble = node.AddressTrouble,
            LeaseTrouble = node.LeaseTrouble,
            EtcdTrouble = node.EtcdTrouble,
        };
        return status is not UdpBackendStatus udp ? document : document with
        {
            Queues = udp.Queues,
            Steering = udp.Steering,
            SocketBuffer = udp.SocketBuffer,
            Ipv6Peers = udp.Ipv6Peers,
            Offloads = udp.Offloads,
            Outbound = Direction.Of(udp.Outbound),
            Inbound = Direction.Of(udp.Inbound),
            DropSources = [.. udp.DropSources.Take(MostDropSources).Select(Dropper.Of)],
            LoopAllocatedBytes = udp.AllocatedBytes,
            KernelTunnel = Tunnel.Of(udp),
            StepDowns = udp.StepDowns,
        };
    }

    /// <summary>Counters of one direction; drops by reason, those that happened.</summary>
    internal sealed record Direction(
        long Packets, long Bytes, long Fragmented, long IcmpErrors, long ReceiveErrors, IReadOnlyDictionary<string, long> Drops)
    {
        public static Direction Of(CounterSnapshot counters) => new(
            counters.Packets,
            counters.Bytes,
            counters.Fragmented,
            counters.IcmpErrors,
            counters.ReceiveErrors,
            counters.Drops
                .Where(drop => drop.Value > 0)
                .ToDictionary(drop => JsonNamingPolicy.CamelCase.ConvertName(drop.Key.ToString()), drop => drop.Value));
    }

    /// <summary>Whose packets are dropped on the way in, and why.</summary>
    internal sealed record Dropper(string Address, string Reason, long Packets)
    {
        public static Dropper Of(DropSource source) => new(
            source.Address.ToString(), JsonNamingPolicy.CamelCase.ConvertName(source.Reason.ToString()), source.Packets);
    }

    /// <summary>The own lease; the seconds left are null for a reservation, which never ends.</summary>
    internal sealed record OwnLease(
        string Subnet, string PublicIP, string? PublicIPv6, bool IsReservation, double? SecondsLeft, long Renewals, long FailedRenewals)
    {
        public static OwnLease? Of(NodeStatus node) => node.Lease is not { } lease ? null : new(
            lease.Subnet.ToString(),
            lease.PublicIP.ToString(),
            lease.PublicIPv6?.ToString(),
            lease.IsReservation,
            lease.Left is { } left ? Math.Floor(left.TotalSeconds) : null,
            node.Renewals,
            node.FailedRenewals);
    }

    /// <summary>The endpoint in use, null when none is, and what was counted.</summary>
    internal sealed record EtcdUse(string? Endpoint, long Connections, long FailedRequests, long WatchRestarts)
    {
        public static EtcdUse? Of(NodeStatus node) => node.Etcd is not { } etcd ? null : new(
            etcd.Endpoint?.GetLeftPart(UriPartial.Authority), etcd.Connections, etcd.FailedRequests, node.WatchRestarts);
    }

    /// <summary>By which of the two ways the rules are in force, how often they were put back, and what is not in force, and why.</summary>
    internal sealed record Firewall(string Mode, long Repairs, IReadOnlyDictionary<string, string> Troubles)
    {
        public static Firewall? Of(NodeStatus node) => node.Firewall is not { } firewall ? null : new(
            firewall.Mode, firewall.Repairs, firewall.Troubles);
    }

    /// <summary>What went through the kernel, and to how many of the peers' subnets it goes that way.</summary>
    internal sealed record Tunnel(int Peers, long PacketsOut, long BytesOut, long PacketsIn, long BytesIn)
    {
        public static Tunnel Of(UdpBackendStatus status) => new(
            status.KernelPeers,
            status.KernelTunnel.PacketsOut,
            status.KernelTunnel.BytesOut,
            status.KernelTunnel.PacketsIn,
            status.KernelTunnel.BytesIn);
    }

    /// <summary>The garbage collector's counters since the start, for the whole process.</summary>
    internal sealed record Collector(long Collections, long AllocatedBytes);
}

/// <summary>What <c>/status</c> says before there is a backend.</summary>
/// <param name="Backend">As in <see cref="StatusDocument"/>; null as yet.</param>
/// <param name="Waiting">What the start waits for and why, or null.</param>
internal sealed record StartDocument(string? Backend, string? Waiting);

/// <summary>Writes a status without reflection.</summary>
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(StartDocument))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class StatusJson : JsonSerializerContext;
