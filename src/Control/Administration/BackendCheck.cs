using FastFlannel.Router;

namespace FastFlannel.Control;

/// <summary>A setting of a backend as it will be in force.</summary>
/// <param name="Name">The field's name in the config, or what it is about.</param>
/// <param name="Value">Its value, for a person.</param>
public sealed record BackendSetting(string Name, string Value);

/// <summary>What can be said about the Backend object of a network config without running it.</summary>
public sealed record BackendCheck
{
    // flannel, pkg/backend/manager.go and its callers.
    private static readonly string[] OnlyFlannelds = ["extension", "ipip", "ipsec", "tencent-vpc", "wireguard"];

    /// <summary>What keeps every daemon from starting with it.</summary>
    public IReadOnlyList<string> Problems { get; private init; } = [];

    /// <summary>What keeps this release from starting with it, though not flanneld.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Its settings with the defaults filled in; none for a backend that this release does not have.</summary>
    public IReadOnlyList<BackendSetting> Settings { get; private init; } = [];

    /// <summary>Checks a backend. One that is added gets a line here.</summary>
    /// <param name="type">Its type in lower case; empty for none.</param>
    /// <param name="json">The Backend object.</param>
    /// <param name="isDualStack">Whether the network has IPv4 and IPv6.</param>
    public static BackendCheck Of(string type, string json, bool isDualStack) => type switch
    {
        "alloc" => new() { Settings = [new("MTU", "the interface's")], Warnings = FindIdle(type, json) },
        "host-gw" => new()
        {
            Settings = [new("MTU", "the interface's"), new("Hosts", "all on one link")],
            Warnings = FindIdle(type, json),
        },
        "udp" => Checked(UdpBackendConfig.Read(json), Describe) with
        {
            Warnings = FindIdle(type, json, "Port", "Queues", "Offloads", "PeerCheck", "PeerNAT"),
        },
        "vxlan" => Checked(VxlanBackendConfig.Read(json, isDualStack), vxlan => Describe(vxlan, isDualStack)) with
        {
            Warnings = FindIdle(type, json, "VNI", "Port", "MTU", "GBP", "Learning", "DirectRouting"),
        },
        _ when OnlyFlannelds.Contains(type) => new()
        {
            Warnings = [$"Backend.Type is '{type}': not in this release, so that its fields are not checked; flanneld has it"],
        },
        _ => new()
        {
            Problems =
            [
                $"unknown backend type: {type} (Backend.Type is '{type}', expected {BackendFactory.Known})",
            ],
        },
    };

    /// <summary>Fields that no daemon looks at: most often one is mistyped.</summary>
    private static string[] FindIdle(string type, string json, params string[] fields)
    {
        string[] known = ["Type", .. fields];
        string[] idle = [.. JsonFields.Of(json, "Backend", []).Except(known).Select(field => field.Key)];
        return idle.Length == 0
            ? []
            : [$"without effect in Backend: {string.Join(", ", idle)}; that of {type} has {string.Join(", ", known)}"];
    }

    private static BackendCheck Checked<T>(ReadResult<T> read, Func<T, BackendSetting[]> describe)
        where T : class =>
        read.Value is { } settings
            ? new() { Settings = describe(settings) }
            : new() { Problems = [.. read.Problems.Select(problem => $"Backend: {problem}")] };

    private static BackendSetting[] Describe(UdpBackendConfig udp) =>
    [
        new("Port", $"{udp.Port}, UDP, open between all hosts"),
        new("Queues", udp.Queues == 0 ? "one for two processors, up to 4" : $"{udp.Queues}"),
        new("Offloads", Describe(udp.Offloads)),
        new("PeerCheck", Describe(udp.PeerCheck)),
        new("PeerNAT", OnOff(udp.PeerNat)),
        new("MTU", $"the interface's less {RouterSettings.Overhead}"),
    ];

    private static BackendSetting[] Describe(VxlanBackendConfig vxlan, bool isDualStack)
    {
        string port = vxlan.Port == 0 ? "the kernel's, 8472 unless its vxlan module says otherwise" : $"{vxlan.Port}";
        string underlay = vxlan.Mtu == 0 ? "the interface's" : $"{vxlan.Mtu}";
        return
        [
            new("VNI", $"{vxlan.Vni}"),
            new("Port", $"{port}, UDP, open between all hosts"),
            new("MTU", $"{underlay} less {(isDualStack ? VxlanOverhead.IPv6 : VxlanOverhead.IPv4)}"),
            new("GBP", OnOff(vxlan.HasGroupPolicy)),
            new("Learning", OnOff(vxlan.IsLearning)),
            new("DirectRouting", OnOff(vxlan.DirectRouting)),
        ];
    }

    private static string Describe(PeerCheck check) => check switch
    {
        PeerCheck.Off => "off: anybody's packets are carried",
        PeerCheck.Strict => "strict: peers' packets, with sources in their own subnets",
        _ => "on: peers' packets alone",
    };

    private static string OnOff(bool isOn) => isOn ? "on" : "off";

    private static string Describe(Offloads offloads)
    {
        if (offloads == Offloads.All)
            return "all";

        (string Name, bool IsOn)[] switches =
        [
            ("tso", offloads.Tso), ("uso", offloads.Uso), ("gso", offloads.Gso), ("gro", offloads.Gro),
            ("tcpCoalescing", offloads.TcpCoalescing), ("udpCoalescing", offloads.UdpCoalescing),
            ("kernelTunnel", offloads.KernelTunnel),
        ];
        string[] on = [.. switches.Where(one => one.IsOn).Select(one => one.Name)];
        return on.Length == 0 ? "none" : string.Join(' ', on);
    }
}
