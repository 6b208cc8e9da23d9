using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Router.Tests;

public class SendRunTests
{
    [Theory]
    [InlineData(1472, 44)]
    [InlineData(1000, 64)]
    [InlineData(20, 64)]
    [InlineData(1023, 64)]
    [InlineData(1024, 63)] // 64 of them are more than a datagram takes
    [InlineData(40000, 1)]
    [InlineData(65507, 1)]
    [InlineData(65508, 0)]
    public void A_new_run_takes_as_many_as_one_send_does(int length, int expected) =>
        Assert.Equal(expected, new SendRun { PacketLength = length }.Room(length));

    [Fact]
    public void A_longer_packet_does_not_join() => Assert.Equal(0, Run(count: 3).Room(101));

    [Fact]
    public void Of_shorter_packets_only_one_joins() => Assert.Equal(1, Run(count: 3).Room(20));

    [Fact]
    public void Nothing_joins_behind_a_shorter_packet()
    {
        SendRun run = Run(count: 3);
        run.Count++;
        run.Length += 99;
        Assert.Equal([0, 0, 0, 0], new int[] { 20, 98, 99, 100 }.Select(length => run.Room(length)));
        Assert.Equal([100, 100, 100, 99], Enumerable.Range(0, 4).Select(run.LengthOf));
    }

    [Theory]
    [InlineData(63, 1)]
    [InlineData(64, 0)]
    public void A_shorter_packet_counts_towards_the_64_as_well(int count, int expected)
    {
        Assert.Equal(expected, Run(count).Room(100));
        Assert.Equal(expected, Run(count).Room(20));
    }

    [Fact]
    public void A_run_is_never_more_than_one_send_takes() => Gen.Select(Gen.Int[1, 65507], Gen.Int[1, 65507].Array[1, 100]).Sample(
        (first, lengths) =>
        {
            var run = new SendRun { PacketLength = first };
            foreach (int length in (int[])[first, .. lengths, first, 1])
            {
                int room = run.Room(length);
                run.Count += room;
                run.Length += room * length;
            }

            Assert.InRange(run.Count, 1, SendRun.MaximumCount);
            Assert.InRange(run.Length, first, SendRun.MaximumBytes);
            Assert.All(Enumerable.Range(0, run.Count - 1), i => Assert.Equal(first, run.LengthOf(i)));
            Assert.InRange(run.LengthOf(run.Count - 1), 1, first);
        });

    private static SendRun Run(int count) => new()
    {
        NextHop = new Ipv4Endpoint(Ipv4Address.Parse("192.0.2.1"), 8285),
        PacketLength = 100,
        Count = count,
        Length = count * 100,
    };
}
