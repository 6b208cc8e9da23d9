namespace FastFlannel.Native;

/// <summary>Rights that root's powers are divided into (capabilities(7), linux/capability.h): those that matter here.</summary>
public enum Capability
{
    /// <summary>To change devices, addresses, routes and socket buffers: CAP_NET_ADMIN.</summary>
    NetAdmin = 12,

    /// <summary>To make raw sockets: CAP_NET_RAW.</summary>
    NetRaw = 13,

    /// <summary>To have the verifier not follow branches that a processor may only guess: CAP_PERFMON. From Linux 5.8 on.</summary>
    PerfMon = 38,

    /// <summary>To load BPF programs: CAP_BPF. Before Linux 5.8 part of CAP_SYS_ADMIN.</summary>
    Bpf = 39,
}
