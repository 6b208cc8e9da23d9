namespace FastFlannel.Native;

/// <summary>What a TUN queue may hand over unfinished (linux/if_tun.h, TUN_F_*).</summary>
[Flags]
public enum TunOffloads
{
    /// <summary>Finished packets only.</summary>
    None = 0,

    /// <summary>Packets without a transport checksum. The others need it.</summary>
    Checksum = 0x01,

    /// <summary>Super-packets of TCP over IPv4.</summary>
    Tso4 = 0x02,

    /// <summary>Super-packets of TCP over IPv6.</summary>
    Tso6 = 0x04,

    /// <summary>TCP super-packets whose first segment carries CWR.</summary>
    TsoEcn = 0x08,

    /// <summary>Super-packets of UDP over IPv4; since Linux 6.2, together with <see cref="Uso6"/> only.</summary>
    Uso4 = 0x20,

    /// <summary>Super-packets of UDP over IPv6; since Linux 6.2.</summary>
    Uso6 = 0x40,
}
