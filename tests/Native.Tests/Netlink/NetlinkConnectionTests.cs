using System.Runtime.InteropServices;

namespace FastFlannel.Native.Tests;

/// <summary>The other end of a socket pair plays the kernel: its answers are queued before they are asked for.</summary>
public sealed class NetlinkConnectionTests : IDisposable
{
    private const ushort Number = 100; // a message type of a list of numbers
    private readonly NetlinkSocket _kernel;
    private readonly NetlinkConnection _connection;

    public NetlinkConnectionTests()
    {
        (NetlinkSocket socket, _kernel) = NetlinkSocket.CreatePair();
        _connection = new NetlinkConnection(socket);
    }

    public void Dispose()
    {
        _connection.Dispose();
        _kernel.Dispose();
    }

    [Fact]
    public void An_acknowledgement_ends_a_request()
    {
        Answer(Acknowledge(1, 0));
        Assert.True(Execute());
    }

    [Fact]
    public void The_request_carries_its_number_and_asks_for_an_acknowledgement()
    {
        Answer(Acknowledge(1, 0));
        Answer(Acknowledge(2, 0));
        _ = Execute();
        _ = Execute();
        foreach (uint sequence in new uint[] { 1, 2 })
        {
            byte[] request = [];
            Assert.True(_kernel.Receive(ref request).Ok);
            Assert.Equal(new NetlinkHeader(16, 99, 0x005, sequence, 0), MemoryMarshal.Read<NetlinkHeader>(request));
        }
    }

    [Fact]
    public void An_answer_to_an_earlier_request_is_skipped()
    {
        Answer(Acknowledge(77, Errno.EINVAL));
        Answer(Acknowledge(1, 0));
        Assert.True(Execute());
    }

    [Fact]
    public void A_tolerated_error_is_false_and_any_other_throws()
    {
        Answer(Acknowledge(1, Errno.EEXIST));
        Assert.False(Execute(tolerated: Errno.EEXIST));

        Answer(Acknowledge(2, Errno.EPERM));
        SysException error = Assert.Throws<SysException>(() => Execute(tolerated: Errno.EEXIST));
        Assert.Equal("cannot test: Operation not permitted", error.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_kernels_words_are_found_behind_a_capped_or_a_repeated_request(bool isCapped)
    {
        byte[] repeated = isCapped ? [] : [1, 2, 3, 4, 5, 6, 7, 8];
        Answer(Acknowledge(1, Errno.EINVAL, repeated, isCapped, "mtu less than device minimum"));
        SysException error = Assert.Throws<SysException>(() => Execute());
        Assert.Equal("cannot test: Invalid argument (mtu less than device minimum)", error.Message);
    }

    [Fact]
    public void A_dump_comes_in_parts_of_any_size()
    {
        Answer(Numbers(1, 0, [1, 2, 3]));
        Answer(Numbers(1, 0, [.. Enumerable.Range(4, 4000)]));
        Answer(Done(1));
        Assert.Equal(Enumerable.Range(1, 4003), Dump());
    }

    [Fact]
    public void An_interrupted_dump_is_repeated_from_the_start()
    {
        Answer(Numbers(1, 0, [1, 2]));
        Answer(Numbers(1, NetlinkAbi.NLM_F_DUMP_INTR, [9]));
        Answer(Done(1));
        Answer(Numbers(2, 0, [1, 2, 3]));
        Answer(Done(2));
        Assert.Equal([1, 2, 3], Dump());
    }

    [Fact]
    public void A_dump_that_is_always_interrupted_is_given_up()
    {
        for (uint sequence = 1; sequence <= 10; sequence++)
            Answer(Done(sequence, NetlinkAbi.NLM_F_DUMP_INTR));

        SysException error = Assert.Throws<SysException>(() => Dump());
        Assert.Equal(Errno.EAGAIN, error.Errno);
        Assert.EndsWith("(the list changed while it was read, 10 times in a row)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_that_goes_away_is_an_error()
    {
        _kernel.Dispose();
        SysException error = Assert.Throws<SysException>(() => Execute());
        Assert.StartsWith("cannot test: Broken pipe", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_to_a_batch_are_told_apart_by_their_numbers()
    {
        Answer(Acknowledge(3, Errno.ENODEV, words: "third"));
        Answer(Acknowledge(77, Errno.EPERM));
        Answer([.. Acknowledge(1, 0), .. Acknowledge(2, Errno.EEXIST)]);
        var batch = new NetlinkBatch();
        for (ushort type = 101; type <= 103; type++)
            batch.End(batch.Begin(type, 0));

        Assert.Equal(
            [default, new NetlinkAnswer(Errno.EEXIST, null), new NetlinkAnswer(Errno.ENODEV, "third")],
            _connection.Execute("test", batch));
        byte[] sent = [];
        Assert.True(_kernel.Receive(ref sent).Ok);
        Assert.Equal(48, sent.Length);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(
                new NetlinkHeader(16, (ushort)(101 + i), 0x005, (uint)(1 + i), 0),
                MemoryMarshal.Read<NetlinkHeader>(sent.AsSpan(16 * i)));
        }

        Answer(Acknowledge(4, 0));
        Assert.True(Execute());
    }

    [Fact]
    public void An_attribute_at_fault_or_missing_is_named()
    {
        Answer(Acknowledge(1, Errno.EINVAL, words: "too short", missing: 3));
        SysException error = Assert.Throws<SysException>(() => Execute());
        Assert.Equal("cannot test: Invalid argument (too short, attribute 3 is missing)", error.Message);

        Answer(Acknowledge(2, Errno.EINVAL, words: "too long", offset: 32));
        var batch = new NetlinkBatch();
        NetlinkWriter writer = batch.Begin(RtnetlinkAbi.RTM_NEWLINK, 0);
        writer.Append(new LinkHeader());
        writer.Attribute(RtnetlinkAbi.IFLA_MTU, 1472);
        batch.End(writer);
        Assert.Equal([new NetlinkAnswer(Errno.EINVAL, "too long, at IFLA_MTU")], _connection.Execute("test", batch));
    }

    private bool Execute(int tolerated = 0) => _connection.Execute("test", _connection.Begin(99), tolerated);

    private List<int> Dump() => _connection.Dump<int>(
        "test",
        _connection.Begin(99, NetlinkAbi.NLM_F_DUMP),
        (NetlinkMessage message, out int value) => MemoryMarshal.TryRead(message.Body, out value));

    private void Answer(ReadOnlySpan<byte> datagram) => Assert.True(_kernel.Send(datagram).Ok);

    private static byte[] Numbers(uint sequence, ushort flags, int[] values)
    {
        byte[] datagram = new byte[values.Length * 20];
        for (int i = 0; i < values.Length; i++)
        {
            MemoryMarshal.Write(datagram.AsSpan(i * 20), new NetlinkHeader(20, Number, flags, sequence, 0));
            MemoryMarshal.Write(datagram.AsSpan((i * 20) + 16), in values[i]);
        }

        return datagram;
    }

    private static byte[] Done(uint sequence, ushort flags = 0)
    {
        byte[] datagram = new byte[20];
        MemoryMarshal.Write(datagram, new NetlinkHeader(20, NetlinkAbi.NLMSG_DONE, flags, sequence, 0));
        return datagram;
    }

    /// <summary>struct nlmsgerr: the negated errno, the request or only its header, then attributes.</summary>
    private static byte[] Acknowledge(
        uint sequence, int errno, byte[]? repeated = null, bool isCapped = true, string? words = null, uint? offset = null, uint? missing = null)
    {
        ushort flags = (ushort)((isCapped ? NetlinkAbi.NLM_F_CAPPED : 0) | (words is null ? 0 : NetlinkAbi.NLM_F_ACK_TLVS));
        var writer = new NetlinkWriter(new byte[256], NetlinkAbi.NLMSG_ERROR, flags);
        writer.Append(-errno);
        writer.Append(new NetlinkHeader((uint)(16 + (repeated?.Length ?? 0)), 99, 5, sequence, 0));
        foreach (byte[] word in (repeated ?? []).Chunk(4))
            writer.Append(BitConverter.ToInt32(word));

        if (words is not null)
            writer.Attribute(NetlinkAbi.NLMSGERR_ATTR_MSG, words);

        if (offset is not null)
            writer.Attribute(NetlinkAbi.NLMSGERR_ATTR_OFFS, offset.Value);

        if (missing is not null)
            writer.Attribute(NetlinkAbi.NLMSGERR_ATTR_MISS_TYPE, missing.Value);

        byte[] datagram = writer.Message.ToArray();
        MemoryMarshal.Write(datagram.AsSpan(8), in sequence);
        return datagram;
    }
}
