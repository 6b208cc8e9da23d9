namespace FastFlannel.Fuzz.Tests;

/// <summary>Every target. A new parser gets one, and a corpus of the same name.</summary>
internal static class FuzzTargets
{
    /// <summary>What datagrams and packets go through.</summary>
    public static IReadOnlyList<FuzzTarget> DataPlane { get; } =
    [
        HeaderTargets.PacketView,
        HeaderTargets.Ipv6Payload,
        HeaderTargets.TransportView,
        HeaderTargets.Checksum,
        IcmpTarget.IcmpReply,
        SegmentTarget.SuperPacket,
        CoalescerTarget.Coalescer,
        LoopTargets.Inbound,
        LoopTargets.Outbound,
    ];

    /// <summary>What etcd, the kernel, operators and other daemons say.</summary>
    public static IReadOnlyList<FuzzTarget> ControlPlane { get; } =
    [
        NetlinkTargets.Messages,
        NetlinkTargets.Answers,
        AddressTargets.Addresses,
        ConfigTargets.NetworkConfig,
        ConfigTargets.Backend,
        LeaseTargets.Key,
        LeaseTargets.Value,
        LeaseTargets.Owner,
        LeaseTargets.Tunnel,
        FileTargets.SubnetFile,
        FileTargets.DockerSettingsTarget,
        FileTargets.DockerConfig,
        CommandTargets.CommandLine,
        CommandTargets.Numbers,
        CommandTargets.Pattern,
        CommandTargets.Endpoints,
        CommandTargets.ServiceEnvironment,
        CommandTargets.Subnet,
        FirewallTargets.Iptables,
        FirewallTargets.Nftables,
        AdministrationTargets.Predecessor,
        AdministrationTargets.Session,
        AdministrationTargets.Shelf,
    ];
}
