using System.Buffers.Binary;
using CsCheck;

namespace FastFlannel.Router.Tests;

/// <summary>What a step of a flow does but send the next packet.</summary>
internal enum Quirk
{
    Gap, Repeat, Swap, Push, Fin, Syn, Reset, Urgent, Echo, WindowReduced, UrgentPointer, ReservedBits, Service, TimeToLive,
    MayFragment, ReservedFlag, IdGap, SameId, Options, OtherOptions, Window, Acknowledgement, FirstFragment, LastFragment, BadChecksum,
    NoChecksum, IpOptions, FlowLabel, Shorter, Longer, OneByte, Empty, CutLength, OtherProtocol,
}

/// <summary>How a flow numbers its packets.</summary>
internal enum IdMode
{
    Counting, Fixed, Random,
}

/// <summary>A flow of which packets are sent.</summary>
internal sealed record TrafficFlow(
    byte Protocol, int PayloadLength, IdMode Ids, bool DoNotFragment, uint Sequence, ushort Id, bool IsIpv6);

/// <summary>Packets of one flow that follow each other, but for the last of them, which may have a quirk.</summary>
internal sealed record TrafficStep(int Flow, int Count, Quirk? Quirk);

/// <summary>Random packets of several flows, most of which follow each other and some of which do anything else.</summary>
internal static class Traffic
{
    private static readonly Gen<TrafficFlow> Flow = Gen.Select(
        Gen.OneOf(TransportPacket.Tcp, TransportPacket.Udp), Gen.OneOf(1, 2, 99, 100, 1000, 1420), Gen.Enum<IdMode>(), Gen.Bool,
        Gen.OneOf(Gen.UInt, Gen.UInt[uint.MaxValue - 20_000, uint.MaxValue]), Gen.Select(Gen.UShort, Gen.Bool)).Select(
        (protocol, payload, ids, df, sequence, end) => new TrafficFlow(protocol, payload, ids, df, sequence, end.Item1, end.Item2));

    private static readonly Gen<TrafficStep> Step = Gen.Select(
        Gen.Int[0, 99], Gen.Int[1, 12], Gen.Frequency((1, Gen.Const((Quirk?)null)), (1, Gen.Enum<Quirk>().Select(q => (Quirk?)q))))
        .Select((flow, count, quirk) => new TrafficStep(flow, count, quirk));

    public static Gen<byte[][]> Packets { get; } =
        Gen.Select(Flow.Array[1, 10], Step.Array[1, 40], Gen.Bool, Gen.UInt).Select(Make);

    private static byte[][] Make(TrafficFlow[] flows, TrafficStep[] steps, bool isMixed, uint seed)
    {
        var random = new Random((int)seed);

        // Two flows share their ports where they differ in the protocol.
        TransportPacket[] next = [.. flows.Select((flow, i) => new TransportPacket
        {
            IsIpv6 = flow.IsIpv6,
            Protocol = flow.Protocol,
            SourcePort = (ushort)(40000 + i - (flow.Protocol == TransportPacket.Udp ? 1 : 0)),
            FlagsAndOffset = flow.DoNotFragment ? TransportPacket.DoNotFragment : (ushort)0,
            Sequence = flow.Sequence,
            Id = flow.Id,
            TcpOptions = flow.Protocol == TransportPacket.Tcp && i % 2 == 0 ? [1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8] : [],
            Payload = TransportPacket.Pattern(flow.PayloadLength, i),
        })];

        List<byte[]> packets = [];
        foreach (TrafficStep step in steps)
        {
            for (int i = 0; i < step.Count; i++)
            {
                // Either one flow's packets come in a row, or those of all flows take turns.
                int index = (step.Flow + (isMixed ? i : 0)) % flows.Length;
                Quirk? quirk = i == step.Count - 1 ? step.Quirk : null;
                byte[] packet = Send(ref next[index], quirk, flows[index].Ids, random);
                if (quirk == Quirk.Swap && packets.Count > 0)
                    packets.Insert(packets.Count - 1, packet);
                else
                    packets.Add(packet);

                if (quirk == Quirk.Repeat)
                    packets.Add([.. packet]);
            }
        }

        return [.. packets];
    }

    private static byte[] Send(ref TransportPacket next, Quirk? quirk, IdMode ids, Random random)
    {
        bool isTcp = next.Protocol == TransportPacket.Tcp;
        next = quirk switch
        {
            Quirk.Gap => next with { Sequence = next.Sequence + 1 },
            Quirk.IdGap => next with { Id = (ushort)(next.Id + 1) },
            Quirk.SameId => next with { Id = (ushort)(next.Id - 1) },
            _ => next,
        };

        // These last for one packet; the flow goes on behind it.
        TransportPacket packet = quirk switch
        {
            Quirk.Push => next with { Flags = TransportPacket.Ack | TransportPacket.Psh },
            Quirk.Fin => next with { Flags = TransportPacket.Ack | TransportPacket.Fin },
            Quirk.Syn => next with { Flags = TransportPacket.Syn },
            Quirk.Reset => next with { Flags = TransportPacket.Rst },
            Quirk.Urgent => next with { Flags = TransportPacket.Ack | TransportPacket.Urg, Urgent = 1 },
            Quirk.Echo => next with { Flags = TransportPacket.Ack | TransportPacket.Ece },
            Quirk.WindowReduced => next with { Flags = TransportPacket.Ack | TransportPacket.Cwr },
            Quirk.UrgentPointer => next with { Urgent = 1 },
            Quirk.ReservedBits => next with { Reserved = 1 },
            Quirk.Service => next with { Service = 3 },
            Quirk.TimeToLive => next with { TimeToLive = 63 },
            Quirk.MayFragment => next with { FlagsAndOffset = (ushort)(next.FlagsAndOffset ^ TransportPacket.DoNotFragment) },
            Quirk.ReservedFlag => next with { FlagsAndOffset = (ushort)(next.FlagsAndOffset ^ 0x8000) },
            Quirk.Options when isTcp => next with { TcpOptions = [.. next.TcpOptions, 1, 1, 1, 0] },
            Quirk.OtherOptions when isTcp => next with { TcpOptions = [.. next.TcpOptions.Select(o => (byte)(o ^ 1))] },
            Quirk.Window => next with { Window = 511 },
            Quirk.Acknowledgement => next with { Acknowledgement = 8 },
            Quirk.FirstFragment => next with { FlagsAndOffset = 0x2000 },
            Quirk.LastFragment => next with { FlagsAndOffset = 5 },
            Quirk.IpOptions => next with { IpOptions = next.IsIpv6 ? [0, 0, 1, 4, 0, 0, 0, 0] : [1, 1, 1, 0] },
            Quirk.FlowLabel => next with { FlowLabel = next.FlowLabel ^ 1 },
            Quirk.Shorter => next with { Payload = next.Payload[1..] },
            Quirk.Longer => next with { Payload = [.. next.Payload, 9] },
            Quirk.OneByte => next with { Payload = [7] },
            Quirk.Empty => next with { Payload = [] },
            _ => next,
        };

        ushort id = (ushort)(next.Id + (ids == IdMode.Counting ? 1 : 0));
        next = next with
        {
            Sequence = next.Sequence + (uint)packet.Payload.Length,
            Id = ids == IdMode.Random ? (ushort)random.Next(65536) : id,
        };
        return Spoil(packet.Build(), quirk);
    }

    private static byte[] Spoil(byte[] packet, Quirk? quirk)
    {
        bool isUdp = TransportPacket.ProtocolOf(packet) == TransportPacket.Udp;
        if (quirk == Quirk.BadChecksum)
            packet[TransportPacket.ChecksumAt(packet)] ^= 0x10;
        else if (quirk == Quirk.NoChecksum && isUdp)
            packet.AsSpan(TransportPacket.ChecksumAt(packet), 2).Clear();
        else if (quirk == Quirk.CutLength && isUdp)
        {
            // Says less than the IP header does. The checksum is right for the whole, so that nothing but the length is odd.
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(TransportPacket.IpLengthOf(packet) + 4), 8);
            TransportPacket.FixTransportChecksum(packet);
        }
        else if (quirk == Quirk.OtherProtocol)
        {
            packet[TestPacket.IsIpv6(packet) ? 6 : 9] = 1;
            TestPacket.FixChecksum(packet);
        }

        return packet;
    }
}
