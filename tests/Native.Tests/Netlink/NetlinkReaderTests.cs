using System.Runtime.InteropServices;
using CsCheck;

namespace FastFlannel.Native.Tests;

public class NetlinkReaderTests
{
    private static readonly Gen<(ushort Type, byte[] Payload)> AnyAttribute =
        Gen.Select(Gen.UShort[1, 0x3FFF], Gen.Byte.Array[0, 50]);

    /// <summary>Rubbish that looks enough like attributes to get past the first check.</summary>
    private static readonly Gen<byte[]> Rubbish = Gen.OneOf(
        Gen.Byte.Array[0, 200],
        Gen.Select(Gen.UShort[0, 24], Gen.UShort[0, 32], Gen.Byte.Array[0, 24])
            .Array[0, 8]
            .Select(parts => parts.SelectMany(part => Raw(part.Item1, part.Item2, part.Item3)).ToArray()));

    [Fact]
    public void Reads_back_what_was_written() => AnyAttribute.List[0, 12].Sample(attributes =>
    {
        var writer = new NetlinkWriter(new byte[2048], 24, 5);
        writer.Append(new RouteHeader(2, DestinationLength: 16));
        int nested = writer.BeginNested(77);
        foreach ((ushort type, byte[] payload) in attributes)
            writer.Attribute(type, payload);

        writer.EndNested(nested);
        writer.Attribute(78, 0x01020304);

        NetlinkReader messages = new(writer.Message);
        Assert.True(messages.MoveNext());
        NetlinkMessage message = messages.Current;
        Assert.False(messages.MoveNext());
        Assert.Equal((24, 5), (message.Header.Type, message.Header.Flags));
        Assert.True(message.TryRead(out RouteHeader header, out NetlinkAttributes outer));
        Assert.Equal(new RouteHeader(2, DestinationLength: 16), header);

        Assert.True(outer.MoveNext());
        Assert.Equal(77, outer.Current.Type);
        int count = 0;
        foreach (NetlinkAttribute attribute in outer.Current.Nested)
        {
            Assert.Equal(attributes[count].Type, attribute.Type);
            Assert.Equal(attributes[count++].Payload, attribute.Payload.ToArray());
        }

        Assert.Equal(attributes.Count, count);
        Assert.True(outer.MoveNext());
        Assert.Equal((78, 0x01020304u), (outer.Current.Type, outer.Current.ToUInt32()));
        Assert.False(outer.MoveNext());
    });

    [Fact]
    public void Reads_several_messages_of_one_datagram()
    {
        byte[] buffer = new byte[256];
        int first = new NetlinkWriter(buffer, 20, 0).Message.Length;
        var writer = new NetlinkWriter(buffer.AsSpan(first), 21, 0);
        writer.Attribute(1, "x");
        int both = first + writer.Message.Length;

        List<int> types = [];
        foreach (NetlinkMessage message in new NetlinkReader(buffer.AsSpan(0, both)))
            types.Add(message.Header.Type);

        Assert.Equal([20, 21], types);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(15u)]
    [InlineData(17u)]
    [InlineData(uint.MaxValue)]
    public void A_length_that_cannot_be_ends_the_walk(uint length)
    {
        byte[] datagram = new byte[16];
        MemoryMarshal.Write(datagram, in length);
        Assert.False(new NetlinkReader(datagram).MoveNext());
    }

    [Fact]
    public void Rubbish_ends_the_walk_and_never_throws() => Gen.Select(Rubbish, Gen.Int[0, 64]).Sample((bytes, cut) =>
    {
        byte[] datagram = Message(RtnetlinkAbi.RTM_NEWROUTE, bytes);
        foreach (NetlinkMessage message in new NetlinkReader(datagram.AsSpan(0, Math.Max(0, datagram.Length - cut))))
            Walk(new NetlinkAttributes(message.Body), depth: 0);

        Walk(new NetlinkAttributes(bytes), depth: 0);
    });

    [Fact]
    public void Parsers_take_or_leave_rubbish_and_never_throw() =>
        Gen.Select(Gen.Byte.Array[0, 16], Rubbish, Gen.UInt[0, 100]).Sample((start, rubbish, offset) =>
        {
            // AF_INET or AF_INET6 in the first byte gets addresses and routes past their first check.
            byte[] body = [.. start, .. rubbish];
            if (body.Length > 0)
                body[0] = body[0] % 2 == 0 ? RtnetlinkAbi.AF_INET : RtnetlinkAbi.AF_INET6;

            _ = LinkMessages.TryParse(Only(Message(RtnetlinkAbi.RTM_NEWLINK, body)), out _);
            _ = AddressMessages.TryParse(Only(Message(RtnetlinkAbi.RTM_NEWADDR, body)), out _);
            _ = RouteMessages.TryParseStored(Only(Message(RtnetlinkAbi.RTM_NEWROUTE, body)), out _);
            _ = NeighbourMessages.TryParse(Only(Message(RtnetlinkAbi.RTM_NEWNEIGH, body)), out _);
            _ = NetlinkAnswer.Read(Only(Message(NetlinkAbi.NLMSG_ERROR, body)), Message(RtnetlinkAbi.RTM_NEWLINK, rubbish));
            _ = AttributeNames.At(Message(RtnetlinkAbi.RTM_NEWLINK, body), offset);
            if (body.Length > 0)
                body[0] = RtnetlinkAbi.AF_BRIDGE;

            _ = FdbMessages.TryParse(Only(Message(RtnetlinkAbi.RTM_NEWNEIGH, body)), out _);
            _ = VxlanMessages.Parse(new NetlinkAttributes(rubbish));
        });

    private static NetlinkMessage Only(byte[] datagram)
    {
        NetlinkReader messages = new(datagram);
        Assert.True(messages.MoveNext());
        return messages.Current;
    }

    private static void Walk(NetlinkAttributes attributes, int depth)
    {
        foreach (NetlinkAttribute attribute in attributes)
        {
            _ = attribute.ToUInt32();
            _ = attribute.ToText();
            _ = attribute.ToAddress();
            _ = attribute.ToMacAddress();
            _ = attribute.ToPort();
            _ = attribute.ToBoolean();
            if (depth < 8)
                Walk(attribute.Nested, depth + 1);
        }
    }

    private static byte[] Message(ushort type, byte[] body)
    {
        // All flags set: an acknowledgement is then read with its attributes.
        byte[] message = new byte[16 + body.Length];
        MemoryMarshal.Write(message, new NetlinkHeader((uint)message.Length, type, 0xFFFF, 1, 0));
        body.CopyTo(message, 16);
        return message;
    }

    private static byte[] Raw(ushort length, ushort type, byte[] payload) =>
        [(byte)length, (byte)(length >> 8), (byte)type, (byte)(type >> 8), .. payload];
}
