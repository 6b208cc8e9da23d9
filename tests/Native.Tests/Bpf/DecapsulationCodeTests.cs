using System.Buffers.Binary;

namespace FastFlannel.Native.Tests;

/// <summary>The program on the way in, as the kernel's verifier takes it and the kernel runs it.</summary>
public class DecapsulationCodeTests
{
    private const int Next = -1;
    private const int Redirect = 7;
    private const int Headers = PeerFrame.Headers;
    private const int Payload = 100;

    private static readonly KernelTunnelSettings Settings = new(
        TunLink: 1, ExternalLink: 1, Ipv4Address.Parse("192.0.2.2"), 8285, Ipv4Address.Parse("10.5.2.0"), Mtu: 1472);

    [Fact]
    public void A_peer_s_datagram_loses_its_outer_headers_and_a_hop()
    {
        byte[] frame = Frame();

        (int result, byte[] left) = Run(frame);

        Assert.Equal(Redirect, result);
        Assert.Equal(frame.Length - 28, left.Length);
        byte[] inner = frame[Headers..];
        inner[8]--;
        PeerFrame.WriteChecksum(inner);
        Assert.Equal(inner, left[14..]);
    }

    [Fact]
    public void The_checksum_stays_right_whatever_it_is()
    {
        for (int id = 0; id < 4096; id++)
        {
            byte[] frame = Frame();
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(Headers + 4), (ushort)(id * 16));
            PeerFrame.WriteChecksum(frame.AsSpan(Headers));

            byte[] left = Run(frame).Frame;

            Assert.Equal(0xFFFF, PeerFrame.Sum(left.AsSpan(14, 20)));
        }
    }

    [Theory]
    [InlineData(0, 0x0200, "a frame for another host")]
    [InlineData(12, 0x86DD, "another protocol")]
    [InlineData(14, 0x4600, "outer options")]
    [InlineData(14 + 6, 0x2000, "the first fragment of a datagram")]
    [InlineData(14 + 6, 0x0001, "a later one")]
    [InlineData(14 + 8, 0x4006, "outer TCP")]
    [InlineData(14 + 14, 0x0909, "a stranger")]
    [InlineData(14 + 18, 0x0203, "another host's")]
    [InlineData(14 + 20, 8286, "not from a peer's port")]
    [InlineData(14 + 22, 8286, "another port")]
    [InlineData(14 + 24, 8 + 20 + Payload + 1, "a longer datagram")]
    [InlineData(14 + 2, 28 + 20 + Payload - 1, "a shorter packet around it")]
    [InlineData(Headers, 0x6500, "inner IPv6")]
    [InlineData(Headers, 0x4400, "a header too short")]
    [InlineData(Headers + 2, 20 + Payload + 1, "an inner packet cut off")]
    [InlineData(Headers + 2, 19, "an inner packet shorter than its header")]
    [InlineData(Headers + 8, 0x0106, "the last hop")]
    [InlineData(Headers + 8, 0x0006, "beyond it")]
    [InlineData(Headers + 8, 0x4011, "inner UDP, which goes through the routers")]
    [InlineData(Headers + 14, 0x0200, "our own source")]
    public void What_is_not_surely_ours_passes_on_as_it_came(int offset, int value, string what)
    {
        byte[] frame = Frame();
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(offset), (ushort)value);

        (int result, byte[] left) = Run(frame);

        Assert.True(result == Next, what);
        Assert.Equal(frame, left);
    }

    [Theory]
    [InlineData("10.5.2.0/24", true)]
    [InlineData("10.5.2.8/29", true)]
    [InlineData("10.5.2.0/29", false)]
    [InlineData("10.5.3.0/24", false)]
    public void Where_destinations_are_checked_those_of_the_own_subnet_alone_are_taken(string own, bool isTaken) =>
        Assert.Equal(isTaken ? Redirect : Next, Run(Frame(), Settings with { Own = Ipv4Prefix.Parse(own) }).Result);

    [Theory]
    [InlineData("10.5.1.0/24", "192.0.2.1", true)]
    [InlineData("10.5.1.8/29", "192.0.2.1", true)]
    [InlineData("10.5.1.0/24", "192.0.2.3", false)]
    [InlineData("10.5.3.0/24", "192.0.2.1", false)]
    public void Where_sources_are_checked_those_of_the_sender_s_subnet_alone_are_taken(string subnet, string peer, bool isTaken)
    {
        using var senders = BpfMap.Create(BpfMap.Kind.LongestPrefix, 8, 4, 16);
        var prefix = Ipv4Prefix.Parse(subnet);
        senders.Set(((uint)prefix.Length, TunnelCode.Wire(prefix.Network)), TunnelCode.Wire(Ipv4Address.Parse(peer)));

        Assert.Equal(isTaken ? Redirect : Next, Run(Frame(), Settings with { ChecksSource = true }, senders).Result);
    }

    [Fact]
    public void A_packet_longer_than_the_overlay_s_passes_on()
    {
        Assert.Equal(Redirect, Run(Frame(payload: Settings.Mtu - 20)).Result);
        Assert.Equal(Next, Run(Frame(payload: Settings.Mtu - 19)).Result);
    }

    [Fact]
    public void A_header_longer_than_its_packet_passes_on()
    {
        byte[] frame = Frame(payload: 20);
        frame[Headers] = 0x4A;
        Assert.Equal(Redirect, Run(frame).Result);
        frame[Headers] = 0x4B;
        Assert.Equal(Next, Run(frame).Result);
    }

    [Fact]
    public void Rubbish_of_every_length_passes_on()
    {
        var random = new Random(4711);
        for (int length = 34; length < 200; length++)
        {
            byte[] frame = new byte[length];
            random.NextBytes(frame.AsSpan(12));
            frame[12] = 8;
            frame[13] = 0;

            Assert.Equal(Next, Run(frame).Result);
        }
    }

    private static (int Result, byte[] Frame) Run(byte[] frame, KernelTunnelSettings? settings = null)
    {
        using var senders = BpfMap.Create(BpfMap.Kind.Hash, 4, 4, 16);
        senders.Set(TunnelCode.Wire(Ipv4Address.Parse("192.0.2.1")), 1);
        return Run(frame, settings ?? Settings, senders);
    }

    private static (int Result, byte[] Frame) Run(byte[] frame, KernelTunnelSettings settings, BpfMap senders)
    {
        using var counters = BpfMap.Create(BpfMap.Kind.PerProcessorArray, 4, 16, 2);
        using var program = BpfProgram.Load(BpfProgram.Kind.Classifier, "test_in", DecapsulationCode.Write(settings, senders, counters));
        return program.Run(frame);
    }

    private static byte[] Frame(int payload = Payload) => PeerFrame.Make(payload);
}
