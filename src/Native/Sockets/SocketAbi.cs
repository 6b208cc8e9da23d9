namespace FastFlannel.Native;

/// <summary>Numbers of the socket interface that the C library binding in use lacks.</summary>
internal static class SocketAbi
{
#pragma warning disable CS1591, CA1707 // the kernel's names say what they are
    // asm-generic/socket.h
    public const int SO_SNDBUFFORCE = 32;
    public const int SO_RCVBUFFORCE = 33;
    public const int SO_PEERCRED = 17;

    // linux/socket.h
    public const int SCM_RIGHTS = 1;
    public const int MSG_CTRUNC = 0x8;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int MSG_CMSG_CLOEXEC = 0x40000000;

    // linux/udp.h
    public const int SOL_UDP = 17;
    public const int UDP_SEGMENT = 103;
    public const int UDP_GRO = 104;

    // linux/in.h
    public const int IP_PMTUDISC_WANT = 1;
    public const int IP_PMTUDISC_DO = 2;
#pragma warning restore CS1591, CA1707
}
