namespace FastFlannel.Native;

/// <summary>A network device as the kernel describes it (RTM_NEWLINK).</summary>
/// <param name="Index">The number by which routes and addresses refer to it; 1 or more, never reused soon.</param>
/// <param name="Name">For example <c>eth0</c>.</param>
/// <param name="Mtu">The longest IP packet it carries, in bytes.</param>
/// <param name="Flags">State and capabilities.</param>
/// <param name="Kind">What made it, for example <c>vxlan</c>, <c>tun</c> or <c>veth</c>; empty for hardware and loopback.</param>
/// <param name="TransmitQueueLength">Packets that wait at most before the device takes them.</param>
/// <param name="Mac">Its Ethernet address; null when it has none.</param>
/// <param name="Alias">What the administrator noted about it (<c>ip link set alias</c>); else empty.</param>
/// <param name="Vxlan">What a vxlan device is; null for every other.</param>
public sealed record LinkInfo(
    int Index,
    string Name,
    int Mtu,
    LinkFlags Flags,
    string Kind,
    int TransmitQueueLength,
    MacAddress? Mac = null,
    string Alias = "",
    VxlanAttributes? Vxlan = null)
{
    /// <summary>Whether it was set up by the administrator; a cable may still be missing.</summary>
    public bool IsUp => (Flags & LinkFlags.Up) != 0;

    /// <summary>Whether it is able to carry packets now.</summary>
    public bool IsRunning => (Flags & LinkFlags.Running) != 0;

    /// <summary>Whether packets leave it behind Ethernet headers, to neighbours that are found by ARP.</summary>
    public bool IsEthernet => (Flags & (LinkFlags.Loopback | LinkFlags.PointToPoint | LinkFlags.NoArp)) == 0;

    /// <summary>Whether it is a loopback device.</summary>
    public bool IsLoopback => (Flags & LinkFlags.Loopback) != 0;
}

/// <summary>State and capabilities of a link (net/if.h, IFF_*); the kernel has more than are named here.</summary>
[Flags]
public enum LinkFlags : uint
{
    /// <summary>Down, and nothing special.</summary>
    None = 0,

    /// <summary>Set up by the administrator.</summary>
    Up = 0x1,

    /// <summary>A loopback device.</summary>
    Loopback = 0x8,

    /// <summary>Has exactly one other end, as a TUN device has.</summary>
    PointToPoint = 0x10,

    /// <summary>Able to carry packets now.</summary>
    Running = 0x40,

    /// <summary>Resolves no link-layer addresses.</summary>
    NoArp = 0x80,
}
