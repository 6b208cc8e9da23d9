namespace FastFlannel.Native.Tests;

public class NetlinkWriterTests
{
    [Fact]
    public void A_link_change_is_these_bytes()
    {
        var writer = new NetlinkWriter(
            new byte[256], RtnetlinkAbi.RTM_NEWLINK, NetlinkAbi.NLM_F_REQUEST | NetlinkAbi.NLM_F_ACK);
        writer.Append(new LinkHeader(Index: 3, Flags: 1, Change: 1));
        writer.Attribute(RtnetlinkAbi.IFLA_MTU, 1472);
        AssertBytes(
            """
            28 00 00 00  10 00 05 00  00 00 00 00  00 00 00 00
            00 00 00 00  03 00 00 00  01 00 00 00  01 00 00 00
            08 00 04 00  C0 05 00 00
            """,
            writer);
    }

    [Fact]
    public void Text_is_closed_and_padded_and_nested_lengths_include_padding()
    {
        byte[] dirty = new byte[256];
        Array.Fill(dirty, (byte)0xEE);
        var writer = new NetlinkWriter(dirty, 16, 1);
        int outer = writer.BeginNested(18);
        writer.Attribute(1, "veth");
        int inner = writer.BeginNested(2);
        writer.Attribute(3, [0xAB]);
        writer.EndNested(inner);
        writer.EndNested(outer);
        writer.Attribute(4, []);
        AssertBytes(
            """
            30 00 00 00  10 00 01 00  00 00 00 00  00 00 00 00
            1C 00 12 80
            09 00 01 00  76 65 74 68  00 00 00 00
            0C 00 02 80
            05 00 03 00  AB 00 00 00
            04 00 04 00
            """,
            writer);
    }

    [Fact]
    public void A_message_that_does_not_fit_is_a_mistake() => Assert.Throws<ArgumentOutOfRangeException>(() =>
    {
        var writer = new NetlinkWriter(new byte[20], 16, 1);
        writer.Attribute(4, 1472);
    });

    private static void AssertBytes(string expected, NetlinkWriter writer) => Assert.Equal(
        string.Join(' ', expected.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)),
        string.Join(' ', writer.Message.ToArray().Select(number => number.ToString("X2"))));
}
