using FastFlannel.Router;

namespace FastFlannel.Control;

/// <summary>What the udp backend reads from the Backend object.</summary>
/// <param name="Port">
/// The UDP port, 1 to 65535. A node listens on it and sends to it on every peer: peers' ports are not in their leases.
/// </param>
/// <param name="Queues">How many queues the device has, each with threads of its own: 1 to 64, or 0 to choose by the processors.</param>
/// <param name="Offloads">Which offloads are used where the kernel has them.</param>
/// <param name="PeerCheck">What a datagram has to be before its packet is carried.</param>
/// <param name="PeerNat">Whether peers' datagrams may come from any port, because a NAT changes it.</param>
public sealed record UdpBackendConfig(int Port, int Queues, Offloads Offloads, PeerCheck PeerCheck, bool PeerNat)
{
    /// <summary>flannel's port, used when the config names none.</summary>
    public const int DefaultPort = 8285;

    private const int MaximumQueues = 64;

    /// <summary>Reads <see cref="NetworkConfig.Backend"/>; fields of other names are ignored.</summary>
    /// <param name="json">The Backend object; any text at all.</param>
    public static ReadResult<UdpBackendConfig> Read(string json)
    {
        List<string> problems = [];
        var fields = JsonFields.Of(json, "Backend", problems);
        int port = fields.NumberWithin("Port", DefaultPort, 1, ushort.MaxValue, "a UDP port from 1 to 65535");
        int queues = fields.NumberWithin("Queues", 0, 0, MaximumQueues, "a number from 1 to 64, or 0 to choose by the processors");
        Offloads offloads = ReadOffloads(fields, problems);
        PeerCheck peerCheck = ReadPeerCheck(fields, problems);
        bool peerNat = fields.Boolean("PeerNAT", false);

        return problems.Count > 0
            ? ReadResult<UdpBackendConfig>.Bad(problems)
            : ReadResult<UdpBackendConfig>.Of(new UdpBackendConfig(port, queues, offloads, peerCheck, peerNat));
    }

    /// <summary>By its name, in any case, or by the switch that it is without the strict one.</summary>
    private static PeerCheck ReadPeerCheck(JsonFields fields, List<string> problems)
    {
        const string Name = nameof(PeerCheck);
        if (fields.Find(Name) is not { } value)
            return PeerCheck.On;

        string? name = JsonFields.TextOf(value);
        foreach (PeerCheck check in Enum.GetValues<PeerCheck>())
        {
            if (check.ToString().Equals(name, StringComparison.OrdinalIgnoreCase))
                return check;
        }

        switch (value.ValueKind)
        {
            case System.Text.Json.JsonValueKind.True:
                return PeerCheck.On;
            case System.Text.Json.JsonValueKind.False:
                return PeerCheck.Off;
            default:
                problems.Add($"{Name} is {JsonFields.Show(value)}, expected \"on\", \"off\" or \"strict\"");
                return PeerCheck.On;
        }
    }

    /// <summary>One switch for all, or an object with a switch for each.</summary>
    private static Offloads ReadOffloads(JsonFields fields, List<string> problems)
    {
        const string Name = nameof(Offloads);
        switch (fields.Find(Name))
        {
            case null or { ValueKind: System.Text.Json.JsonValueKind.True }:
                return Offloads.All;
            case { ValueKind: System.Text.Json.JsonValueKind.False }:
                return Offloads.None;
            case { ValueKind: System.Text.Json.JsonValueKind.Object } value:
                var switches = JsonFields.Of(value.GetRawText(), Name, problems);
                return new Offloads(
                    switches.Boolean(nameof(Offloads.Tso), true),
                    switches.Boolean(nameof(Offloads.Uso), true),
                    switches.Boolean(nameof(Offloads.Gso), true),
                    switches.Boolean(nameof(Offloads.Gro), true),
                    switches.Boolean(nameof(Offloads.TcpCoalescing), true),
                    switches.Boolean(nameof(Offloads.UdpCoalescing), true),
                    switches.Boolean(nameof(Offloads.KernelTunnel), true));
            case { } other:
                problems.Add($"{Name} is {JsonFields.Show(other)}, expected true, false or an object such as {{\"Gso\": false}}");
                return Offloads.All;
        }
    }
}
