using System.Buffers.Binary;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public class IcmpReplyTests
{
    private static readonly Ipv4Address Router = Ipv4Address.Parse("10.5.1.0");

    [Fact]
    public void Net_unreachable_looks_as_flannel_makes_it()
    {
        byte[] offender = TestPacket.Make(length: 100);
        byte[] reply = Write(offender, IcmpError.NetUnreachable);

        Assert.Equal(20 + 8 + 20 + 8, reply.Length);
        Assert.Equal(DropReason.None, PacketView.TryParse(reply, out PacketView packet));
        Assert.True(packet.HasValidChecksum);
        Assert.Equal(8, packet.TimeToLive);
        Assert.Equal(1, packet.Protocol);
        Assert.Equal(Router, packet.Source);
        Assert.Equal(TestPacket.Local, packet.Destination.ToString());
        Assert.Equal([3, 0], reply[20..22]);
        Assert.Equal(0, TestPacket.NaiveChecksum(reply.AsSpan(20)));
        Assert.Equal(offender[..28], reply[28..]);
    }

    [Fact]
    public void Options_are_quoted() =>
        Assert.Equal(20 + 8 + 60 + 8, Write(TestPacket.Make(length: 100, optionWords: 10), IcmpError.TimeExceeded).Length);

    [Fact]
    public void A_short_packet_is_quoted_whole() =>
        Assert.Equal(20 + 8 + 23, Write(TestPacket.Make(length: 23), IcmpError.TimeExceeded).Length);

    [Fact]
    public void Fragmentation_needed_names_the_mtu()
    {
        byte[] reply = Write(TestPacket.Make(), IcmpError.FragmentationNeeded(1472));
        Assert.Equal([3, 4], reply[20..22]);
        Assert.Equal(1472, BinaryPrimitives.ReadUInt16BigEndian(reply.AsSpan(26)));
        Assert.Equal(0, TestPacket.NaiveChecksum(reply.AsSpan(20)));
    }

    [Theory]
    [InlineData("0.0.0.0", TestPacket.Remote)]
    [InlineData("127.0.0.1", TestPacket.Remote)]
    [InlineData("224.0.0.1", TestPacket.Remote)]
    [InlineData("255.255.255.255", TestPacket.Remote)]
    [InlineData(TestPacket.Local, "224.0.0.22")]
    [InlineData(TestPacket.Local, "255.255.255.255")]
    public void None_is_sent_where_one_side_is_no_single_host(string source, string destination) =>
        Assert.Empty(Write(TestPacket.Make(source: source, destination: destination), IcmpError.TimeExceeded));

    [Fact]
    public void None_is_sent_for_later_fragments() =>
        Assert.Empty(Write(TestPacket.Make(flagsAndOffset: 0x2001), IcmpError.TimeExceeded));

    [Fact]
    public void One_is_sent_for_the_first_fragment() =>
        Assert.NotEmpty(Write(TestPacket.Make(flagsAndOffset: 0x2000), IcmpError.TimeExceeded));

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(11)]
    [InlineData(12)]
    public void None_is_sent_about_an_ICMP_error(byte type) => Assert.Empty(Write(Icmp(type), IcmpError.TimeExceeded));

    [Fact]
    public void A_ping_is_told_of_exceeded_time_but_not_of_an_unreachable_net()
    {
        Assert.NotEmpty(Write(Icmp(8), IcmpError.TimeExceeded));
        Assert.NotEmpty(Write(Icmp(8), IcmpError.FragmentationNeeded(1472)));
        Assert.Empty(Write(Icmp(8), IcmpError.NetUnreachable));
    }

    [Fact]
    public void The_limiter_lets_a_burst_pass_and_then_the_rate()
    {
        var time = new ManualTime();
        var limiter = new IcmpLimiter(time, perSecond: 10, burst: 3);
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => limiter.TryTake()));
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal([true, false], Enumerable.Range(0, 2).Select(_ => limiter.TryTake()));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => limiter.TryTake()));
    }

    private static byte[] Icmp(byte type)
    {
        byte[] packet = TestPacket.Make(protocol: 1);
        packet[20] = type;
        return packet;
    }

    private static byte[] Write(byte[] offender, IcmpError error)
    {
        Assert.Equal(DropReason.None, PacketView.TryParse(offender, out PacketView packet));
        byte[] reply = new byte[IcmpReply.MaximumLength];
        return reply[..IcmpReply.Write(reply, packet, error, Router)];
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan by) => _now += by.Ticks;
    }
}
