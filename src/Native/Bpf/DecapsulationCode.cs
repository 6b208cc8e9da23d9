using static FastFlannel.Native.BpfAssembler;
using static FastFlannel.Native.TunnelCode;

namespace FastFlannel.Native;

/// <summary>
/// The program on the external device's way in: a datagram that another kernel's program has made, from a peer that is known to have
/// one and for this host's subnet, loses its outer headers and arrives from the TUN device. A bundle of datagrams that the kernel has
/// put together (UDP_GRO) is none of these, and passes on to the socket like everything else: all of UDP too, which goes through the
/// routers.
/// </summary>
internal static class DecapsulationCode
{
    private const int BPF_F_ADJ_ROOM_FIXED_GSO = 1;
    private const int BPF_F_INGRESS = 1;
    private const int IPPROTO_UDP = 17;
    private const int PACKET_HOST = 0;
    private const int FragmentBits = 0x3FFF;
    private const int VlanBits = 0x0FFF;

    // Where headers begin, and how far is read.
    private const int OuterIp = Ethernet;
    private const int Udp = OuterIp + 20;
    private const int InnerIp = OuterIp + Overhead;
    private const int Headers = InnerIp + 20;
    private const int Key = -8;

    /// <summary>Writes the program.</summary>
    /// <param name="settings">What it is for.</param>
    /// <param name="senders">
    /// The addresses of peers that encapsulate in their kernels; where inner sources are checked, their subnets and the peers' addresses.
    /// </param>
    /// <param name="counters">Where it counts.</param>
    public static BpfInstruction[] Write(KernelTunnelSettings settings, BpfMap senders, BpfMap counters) => new BpfAssembler()
        .Move(R6, R1)
        .Part(CheckReceiver)
        .Part(MakeReadable)
        .Part(code => ParseOuter(code, settings))
        .Part(code => ParseInner(code, settings))
        .Part(code => settings.ChecksSource ? FindSubnet(code, senders) : FindPeer(code, senders))
        .LoadSegments()
        .AdjustRoom(-Overhead, BPF_F_ADJ_ROOM_FIXED_GSO, otherwise: "pass")
        .LoadBounds().IfShorter(Ethernet + 20, "drop")
        .DecrementTimeToLive(Ethernet)
        .Count(counters, CountIn)
        .Set(R1, settings.TunLink).Set(R2, BPF_F_INGRESS).Call(BpfHelper.Redirect).Exit()
        .Ends()
        .Build();

    /// <summary>
    /// Not a frame for another host, which a promiscuous device shows, and not one of a VLAN, which belongs to that VLAN's device: the
    /// kernel tells them from ours only further on.
    /// </summary>
    private static BpfAssembler CheckReceiver(BpfAssembler code) => code
        .Load(Width.Word, R2, R6, Context.PacketType).IfNot(R2, PACKET_HOST, "pass")
        .Load(Width.Word, R2, R6, Context.VlanTag).And(R2, VlanBits).IfNot(R2, 0, "pass");

    /// <summary>Register 8 becomes the frame's length. Headers that lie in pieces are put together.</summary>
    private static BpfAssembler MakeReadable(BpfAssembler code) => code
        .Load(Width.Word, R2, R6, Context.Protocol).IfNot(R2, Wire(0x0800), "pass")
        .Load(Width.Word, R8, R6, Context.Length).IfLess(R8, Headers, "pass")
        .LoadBounds().Move(R2, R7).Plus(R2, Headers).IfMoreThan(R2, R3, "in pieces").Go("readable")
        .Place("in pieces")
        .Move(R1, R6).Set(R2, Headers).Call(BpfHelper.PullData).IfNot(R0, 0, "pass")
        .Place("readable")
        .LoadBounds().IfShorter(Headers, "pass");

    private static BpfAssembler ParseOuter(BpfAssembler code, KernelTunnelSettings settings) => code
        .Load(Width.Byte, R4, R7, OuterIp).IfNot(R4, 0x45, "pass")
        .Load(Width.Byte, R4, R7, OuterIp + 9).IfNot(R4, IPPROTO_UDP, "pass")
        .Load(Width.Half, R4, R7, Udp).IfNot(R4, Wire(settings.Port), "pass")
        .Load(Width.Half, R4, R7, Udp + 2).IfNot(R4, Wire(settings.Port), "pass")
        .Load(Width.Word, R4, R7, OuterIp + 16).IfNot(R4, Wire(settings.Local), "pass")
        .Load(Width.Half, R4, R7, OuterIp + 6).And(R4, Wire(FragmentBits)).IfNot(R4, 0, "pass");

    /// <summary>
    /// Register 9 becomes the inner packet's length. All lengths agree; a super-packet fills its frame to the last byte, which the
    /// first packet of a bundle does not.
    /// </summary>
    private static BpfAssembler ParseInner(BpfAssembler code, KernelTunnelSettings settings) => code
        .Load(Width.Byte, R4, R7, InnerIp).Move(R5, R4).ShiftRight(R4, 4).IfNot(R4, 4, "pass")
        .And(R5, 15).IfLess(R5, 5, "pass")
        .Load(Width.Byte, R4, R7, InnerIp + 8).IfLess(R4, 2, "pass")
        .Load(Width.Byte, R4, R7, InnerIp + 9).IfEqual(R4, IPPROTO_UDP, "pass")
        .Load(Width.Word, R4, R7, InnerIp + 12).IfEqual(R4, Wire(settings.TunAddress), "pass")
        .Part(code => CheckDestination(code, settings.Own))
        .Load(Width.Half, R9, R7, InnerIp + 2).SwapHalf(R9).ShiftLeft(R5, 2).IfMoreThan(R5, R9, "pass")
        .Load(Width.Half, R4, R7, Udp + 4).SwapHalf(R4).Plus(R4, -8).IfDiffer(R4, R9, "pass")
        .Load(Width.Half, R4, R7, OuterIp + 2).SwapHalf(R4).Plus(R4, -Overhead).IfDiffer(R4, R9, "pass")
        .Move(R4, R9).Plus(R4, InnerIp)
        .Load(Width.Word, R1, R6, Context.SegmentSize).IfNot(R1, 0, "super-packet")
        .IfMore(R9, settings.Mtu, "pass").IfMoreThan(R4, R8, "pass").Go("sound")
        .Place("super-packet").IfDiffer(R4, R8, "pass")
        .Place("sound").Move(R8, R9);

    private static BpfAssembler CheckDestination(BpfAssembler code, Ipv4Prefix? own) => own is not { } subnet ? code : code
        .Load(Width.Word, R4, R7, InnerIp + 16).And(R4, Wire(new Ipv4Address(subnet.Mask))).IfNot(R4, Wire(subnet.Network), "pass");

    private static BpfAssembler FindPeer(BpfAssembler code, BpfMap senders) => code
        .Load(Width.Word, R4, R7, OuterIp + 12).Store(Width.Word, Stack, Key, R4)
        .Part(part => Find(part, senders));

    /// <summary>The subnet of the inner source has to be that of whom the datagram comes from.</summary>
    private static BpfAssembler FindSubnet(BpfAssembler code, BpfMap senders) => code
        .StoreNumber(Width.Word, Stack, Key, 32)
        .Load(Width.Word, R4, R7, InnerIp + 12).Store(Width.Word, Stack, Key + 4, R4)
        .Part(part => Find(part, senders))
        .Load(Width.Word, R4, R0, 0).Load(Width.Word, R5, R7, OuterIp + 12).IfDiffer(R4, R5, "pass");

    private static BpfAssembler Find(BpfAssembler code, BpfMap map)
    {
        using BorrowedDescriptor loan = map.Borrow();
        return code.LoadMap(R1, loan.Number).Move(R2, Stack).Plus(R2, Key).Call(BpfHelper.MapLookup).IfNull(R0, "pass");
    }
}
