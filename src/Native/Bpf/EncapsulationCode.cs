using static FastFlannel.Native.BpfAssembler;
using static FastFlannel.Native.TunnelCode;

namespace FastFlannel.Native;

/// <summary>
/// The program on the TUN device's way out: an inner packet to a peer that decapsulates in its kernel gets an outer IPv4 and UDP
/// header and goes straight to the device that leads there. A super-packet stays one; whoever must, cuts it up, as the kernel's own
/// tunnels do. Everything else passes on to the router: no route, time to live at its end, too long for the path, no neighbour yet;
/// and all of UDP, whose super-packets kernels cannot cut up once they have been decapsulated, so that a flow has one way and keeps
/// its order.
/// </summary>
internal static class EncapsulationCode
{
    // Helpers' flags (linux/bpf.h): the segment size is the inner packets', an IPv4 and a UDP header come before the old one.
    private const int BPF_F_ADJ_ROOM_FIXED_GSO = 1;
    private const int BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 = 2;
    private const int BPF_F_ADJ_ROOM_ENCAP_L4_UDP = 16;
    private const int BPF_FIB_LOOKUP_OUTPUT = 2;
    private const int AF_INET = 2;
    private const int IPPROTO_TCP = 6;
    private const int IPPROTO_UDP = 17;

    private const int TimeToLive = 64;
    private const int DoNotFragment = 0x4000;

    // On the stack: the key of the route, the peer, struct bpf_fib_lookup and struct bpf_redir_neigh.
    private const int RouteKey = -16;
    private const int Peer = -20;
    private const int Fib = -88;
    private const int FibSize = 64;
    private const int NextHop = -112;
    private const int NextHopSize = 20;

    /// <summary>Writes the program.</summary>
    /// <param name="settings">What it is for.</param>
    /// <param name="routes">Prefixes of peers that decapsulate in their kernels, and the peers' addresses.</param>
    /// <param name="counters">Where it counts.</param>
    public static BpfInstruction[] Write(KernelTunnelSettings settings, BpfMap routes, BpfMap counters) => new BpfAssembler()
        .Move(R6, R1)
        .Part(Parse)
        .Part(code => MeasureSegment(code, settings.Mtu))
        .Part(code => FindPeer(code, routes))
        .Part(code => AskRoute(code, settings))
        .LoadSegments()
        .AdjustRoom(
            Overhead, BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP, otherwise: "pass")
        .LoadBounds().IfShorter(Overhead + 20, "drop")
        .DecrementTimeToLive(Overhead)
        .Part(code => WriteHeaders(code, settings))
        .Part(AddEthernet)
        .Count(counters, CountOut)
        .Part(SendToNextHop)
        .Ends()
        .Build();

    /// <summary>Register 9 becomes the length of the inner IP header, register 8 that of the whole packet.</summary>
    private static BpfAssembler Parse(BpfAssembler code) => code
        .Load(Width.Word, R2, R6, Context.Protocol).IfNot(R2, Wire(0x0800), "pass")
        .LoadBounds().IfShorter(20, "pass")
        .Load(Width.Byte, R4, R7, 0).Move(R9, R4).ShiftRight(R4, 4).IfNot(R4, 4, "pass")
        .And(R9, 15).ShiftLeft(R9, 2).IfLess(R9, 20, "pass")
        .Load(Width.Byte, R4, R7, 8).IfLess(R4, 2, "pass")
        .Load(Width.Byte, R4, R7, 9).IfEqual(R4, IPPROTO_UDP, "pass")
        .Load(Width.Word, R8, R6, Context.Length).IfMore(R8, 65535 - Overhead, "pass");

    /// <summary>Register 9 becomes the length of the longest packet that this one is or is cut into.</summary>
    private static BpfAssembler MeasureSegment(BpfAssembler code, int mtu) => code
        .Load(Width.Word, R1, R6, Context.SegmentSize).IfNot(R1, 0, "super-packet")
        .Move(R9, R8).Go("measured")
        .Place("super-packet")
        .Load(Width.Byte, R4, R7, 9).IfNot(R4, IPPROTO_TCP, "pass")
        .Move(R2, R7).PlusRegister(R2, R9).Move(R5, R2).Plus(R5, 20).IfMoreThan(R5, R3, "pass")
        .Load(Width.Byte, R4, R2, 12).ShiftRight(R4, 4).ShiftLeft(R4, 2)
        .PlusRegister(R9, R4).PlusRegister(R9, R1)
        .Place("measured").IfMore(R9, mtu, "pass");

    private static BpfAssembler FindPeer(BpfAssembler code, BpfMap routes)
    {
        using BorrowedDescriptor loan = routes.Borrow();
        return code
            .Load(Width.Word, R4, R7, 16)
            .StoreNumber(Width.Word, Stack, RouteKey, 32).Store(Width.Word, Stack, RouteKey + 4, R4)
            .LoadMap(R1, loan.Number).Move(R2, Stack).Plus(R2, RouteKey).Call(BpfHelper.MapLookup).IfNull(R0, "pass")
            .Load(Width.Word, R4, R0, 0).Store(Width.Word, Stack, Peer, R4);
    }

    /// <summary>
    /// Where the peer is to be reached, whether the path takes the packet and whether the next hop's address is known. Nothing but a
    /// plain yes will do.
    /// </summary>
    private static BpfAssembler AskRoute(BpfAssembler code, KernelTunnelSettings settings)
    {
        for (int i = 0; i < FibSize; i += 8)
            code = code.StoreNumber(Width.Double, Stack, Fib + i, 0);

        return code
            .StoreNumber(Width.Byte, Stack, Fib, AF_INET).StoreNumber(Width.Byte, Stack, Fib + 1, IPPROTO_UDP)
            .StoreNumber(Width.Half, Stack, Fib + 2, Wire(settings.Port))
            .StoreNumber(Width.Half, Stack, Fib + 4, Wire(settings.Port))
            .Move(R4, R9).Plus(R4, Overhead).Store(Width.Half, Stack, Fib + 6, R4)
            .StoreNumber(Width.Word, Stack, Fib + 8, settings.ExternalLink)
            .StoreNumber(Width.Word, Stack, Fib + 16, Wire(settings.Local))
            .Load(Width.Word, R4, Stack, Peer).Store(Width.Word, Stack, Fib + 32, R4)
            .Move(R1, R6).Move(R2, Stack).Plus(R2, Fib).Set(R3, FibSize).Set(R4, BPF_FIB_LOOKUP_OUTPUT)
            .Call(BpfHelper.FibLookup).IfNot(R0, 0, "pass")
            .Load(Width.Byte, R4, Stack, Fib).IfNot(R4, AF_INET, "pass");
    }

    /// <summary>
    /// The outer headers (RFC 791, RFC 768). The UDP checksum is 0, none: the inner packet has checksums of its own, and the kernel
    /// does not put such datagrams together (net/ipv4/udp_offload.c, udp_gro_receive_segment), so that all of them come to the program.
    /// </summary>
    private static BpfAssembler WriteHeaders(BpfAssembler code, KernelTunnelSettings settings)
    {
        int local = Wire(settings.Local);
        int constant = Wire(0x4500) + Wire(DoNotFragment) + Wire((TimeToLive << 8) | IPPROTO_UDP)
            + (local & 0xFFFF) + (int)((uint)local >> 16);
        return code
            .StoreNumber(Width.Half, R7, 0, Wire(0x4500))
            .Move(R4, R8).Plus(R4, Overhead).SwapHalf(R4).Store(Width.Half, R7, 2, R4)
            .StoreNumber(Width.Half, R7, 4, 0).StoreNumber(Width.Half, R7, 6, Wire(DoNotFragment))
            .StoreNumber(Width.Half, R7, 8, Wire((TimeToLive << 8) | IPPROTO_UDP))
            .StoreNumber(Width.Word, R7, 12, local)
            .Load(Width.Word, R5, Stack, Peer).Store(Width.Word, R7, 16, R5)
            .Set(R1, constant).PlusRegister(R1, R4)
            .Move(R4, R5).And(R4, 0xFFFF).PlusRegister(R1, R4).ShiftRight(R5, 16).PlusRegister(R1, R5)
            .Part(Fold).Part(Fold).Xor(R1, 0xFFFF).Store(Width.Half, R7, 10, R1)
            .StoreNumber(Width.Half, R7, 20, Wire(settings.Port)).StoreNumber(Width.Half, R7, 22, Wire(settings.Port))
            .Move(R4, R8).Plus(R4, 8).SwapHalf(R4).Store(Width.Half, R7, 24, R4)
            .StoreNumber(Width.Half, R7, 26, 0);
    }

    private static BpfAssembler Fold(BpfAssembler code) => code
        .Move(R4, R1).ShiftRight(R4, 16).And(R1, 0xFFFF).PlusRegister(R1, R4);

    /// <summary>Room for the Ethernet header, which the kernel fills when it sends to a neighbour.</summary>
    private static BpfAssembler AddEthernet(BpfAssembler code) => code
        .Move(R1, R6).Set(R2, Ethernet).Set(R3, 0).Call(BpfHelper.ChangeHead).IfNot(R0, 0, "drop")
        .LoadBounds().IfShorter(Ethernet, "drop")
        .StoreNumber(Width.Half, R7, 12, Wire(0x0800));

    private static BpfAssembler SendToNextHop(BpfAssembler code) => code
        .StoreNumber(Width.Word, Stack, NextHop, AF_INET)
        .Load(Width.Word, R4, Stack, Fib + 32).Store(Width.Word, Stack, NextHop + 4, R4)
        .StoreNumber(Width.Word, Stack, NextHop + 8, 0).StoreNumber(Width.Word, Stack, NextHop + 12, 0)
        .StoreNumber(Width.Word, Stack, NextHop + 16, 0)
        .Load(Width.Word, R1, Stack, Fib + 8).Move(R2, Stack).Plus(R2, NextHop).Set(R3, NextHopSize).Set(R4, 0)
        .Call(BpfHelper.RedirectNeighbour).Exit();
}
