using CsCheck;

namespace FastFlannel.Router.Tests;

public class Ipv6PayloadTests
{
    private const byte HopByHop = 0, Routing = 43, Fragment = 44, Authentication = 51, Destination = 60, None = 59;

    [Fact]
    public void Without_extension_headers_it_is_right_behind_the_header() =>
        AssertFound(17, 20, TestPacket.MakeIpv6(length: 60, protocol: 17));

    [Fact]
    public void Extension_headers_are_passed_over() => AssertFound(
        58,
        4,
        Packet(HopByHop, [Destination, 0, 1, 4, 0, 0, 0, 0], [Routing, 1, .. new byte[14]], [58, 0, .. new byte[6]], [1, 2, 3, 4]));

    [Fact]
    public void An_authentication_header_counts_its_length_in_other_words() =>
        AssertFound(6, 4, Packet(Authentication, [6, 4, .. new byte[22]], [1, 2, 3, 4]));

    [Fact]
    public void The_first_fragment_has_it() => AssertFound(17, 4, Packet(Fragment, [17, 0, 0, 1, 0, 0, 0, 9], [1, 2, 3, 4]));

    [Fact]
    public void A_later_fragment_says_what_it_is_of() => AssertFound(17, 0, Packet(Fragment, [17, 0, 0, 8, 0, 0, 0, 9], [1, 2, 3, 4]));

    [Fact]
    public void What_is_in_an_earlier_fragment_cannot_be_told() =>
        AssertNotFound(Packet(Fragment, [Destination, 0, 0, 8, 0, 0, 0, 9], [58, 0, 1, 4, 0, 0, 0, 0]));

    [Fact]
    public void No_next_header_is_found_too() => AssertFound(None, 0, Packet(None));

    [Fact]
    public void Headers_that_are_cut_off_or_too_many_hide_it()
    {
        AssertNotFound(Packet(HopByHop));
        AssertNotFound(Packet(HopByHop, [17, 0, 0, 0, 0, 0, 0]));
        AssertNotFound(Packet(Destination, [17, 1, 0, 0, 0, 0, 0, 0]));
        AssertFound(17, 0, Packet(Destination, [.. Enumerable.Range(0, 8).Select(i => Padding(i == 7 ? (byte)17 : Destination))]));
        AssertNotFound(Packet(Destination, [.. Enumerable.Range(0, 9).Select(i => Padding(i == 8 ? (byte)17 : Destination))]));
    }

    [Fact]
    public void Rubbish_never_throws() => Gen.Select(
        Gen.Byte.Array[40, 200], Gen.OneOf(HopByHop, Routing, Fragment, Authentication, Destination, (byte)17)).Sample(
        (bytes, first) =>
        {
            bytes[6] = first;
            if (Ipv6Payload.TryFind(bytes, out _, out ReadOnlySpan<byte> payload))
                Assert.InRange(payload.Length, 0, bytes.Length - 40);
        });

    private static byte[] Padding(byte next) => [next, 0, 1, 4, 0, 0, 0, 0];

    private static byte[] Packet(byte first, params byte[][] headers)
    {
        byte[] payload = [.. headers.SelectMany(header => header)];
        byte[] packet = TestPacket.MakeIpv6(length: 40 + payload.Length, protocol: first);
        payload.CopyTo(packet, 40);
        return packet;
    }

    private static void AssertFound(byte protocol, int length, byte[] packet)
    {
        Assert.True(Ipv6Payload.TryFind(packet, out byte found, out ReadOnlySpan<byte> payload));
        Assert.Equal((protocol, length), (found, payload.Length));
    }

    private static void AssertNotFound(byte[] packet) => Assert.False(Ipv6Payload.TryFind(packet, out _, out _));
}
