using System.Buffers.Binary;
using System.Runtime.InteropServices;
using FastFlannel.Native;

namespace FastFlannel.Fuzz.Tests;

/// <summary>Netlink datagrams: whatever the kernel, or a newer kernel, may send. What is read can be written and read again.</summary>
internal static class NetlinkTargets
{
    private const int HeaderSize = 16; // struct nlmsghdr

    private static readonly byte[] Room = new byte[64 * 1024];

    public static FuzzTarget Messages { get; } = new("netlink-messages", ReadMessages) { Longest = 4096 };

    public static FuzzTarget Answers { get; } = new("netlink-answer", ReadAnswer);

    private static string ReadMessages(Span<byte> input)
    {
        int count = 0;
        HashSet<string> kinds = [];
        foreach (NetlinkMessage message in new NetlinkReader(input))
        {
            count++;
            Hold.That(message.Body.IsEmpty || (input.Overlaps(message.Body, out int at) && at >= HeaderSize));
            Hold.Same(message.Header.Length, (uint)(HeaderSize + message.Body.Length));
            if (ReadEntry(message) is { } kind)
                _ = kinds.Add(kind);
        }

        Hold.Same(CountMessages(input), count);
        List<RouteEvent> events = [];
        RouteEventMessages.Parse(input, events);
        Hold.That(events.Count <= count);
        return $"{Math.Min(count, 3)}, {events.Count > 0}, {string.Join(' ', kinds.Order())}";
    }

    /// <summary>How many there are before the first that lies about its length.</summary>
    private static int CountMessages(ReadOnlySpan<byte> input)
    {
        int count = 0;
        long at = 0;
        while (input.Length - at >= HeaderSize)
        {
            uint length = MemoryMarshal.Read<uint>(input[(int)at..]);
            if (length < HeaderSize || length > input.Length - at)
                break;

            count++;
            at += (length + 3) / 4 * 4;
        }

        return count;
    }

    private static string? ReadEntry(NetlinkMessage message)
    {
        if (LinkMessages.TryParse(message, out LinkInfo? link))
        {
            _ = link.ToString();
            return $"link{(link.Vxlan is null ? "" : " vxlan")}{(link.Mac is null ? "" : " mac")}";
        }

        if (AddressMessages.TryParse(message, out AddressInfo? address))
        {
            var again = (AddressInfo)WriteAndRead(address);
            Hold.Same(address with { Flags = again.Flags }, again);
            return $"address {address.Address.AddressFamily}{address.Label.Length > 0}";
        }

        if (RouteMessages.TryParse(message, out RouteInfo? route))
        {
            _ = RouteMessages.TryParseStored(message, out _);
            if (route.ToRoute() is { } one)
                Hold.Same(one, ((RouteInfo)WriteAndRead(one)).ToRoute());

            return $"route {route.Destination.BaseAddress.AddressFamily} {Math.Min(route.NextHops.Count, 3)} {route.Gateway?.AddressFamily}";
        }

        if (FdbMessages.TryParse(message, out FdbEntry? entry))
        {
            Hold.Same<object>(entry, WriteAndRead(entry));
            return $"fdb {entry.Destination?.AddressFamily} {entry.Port is null}";
        }

        if (NeighbourMessages.TryParse(message, out Neighbour? neighbour))
        {
            Hold.Same<object>(neighbour, WriteAndRead(neighbour));
            return $"neighbour {neighbour.Address.AddressFamily} {neighbour.Mac is null}";
        }

        return null;
    }

    private static object WriteAndRead(KernelEntry entry)
    {
        var writer = new NetlinkWriter(Room, entry.NewType, 0);
        entry.Write(ref writer);
        foreach (NetlinkMessage message in new NetlinkReader(writer.Message))
        {
            if (entry is AddressInfo && AddressMessages.TryParse(message, out AddressInfo? address))
                return address;

            if (entry is IpRoute && RouteMessages.TryParse(message, out RouteInfo? route))
                return route;

            if (entry is FdbEntry && FdbMessages.TryParse(message, out FdbEntry? fdb))
                return fdb;

            if (entry is Neighbour && NeighbourMessages.TryParse(message, out Neighbour? neighbour))
                return neighbour;
        }

        throw new BrokenException($"{entry.Noun} {entry} was written and cannot be read");
    }

    /// <summary>A request behind its length in two bytes, and the datagram that answers it.</summary>
    private static string ReadAnswer(Span<byte> input)
    {
        if (input.Length < 2)
            return "short";

        int length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(input), input.Length - 2);
        ReadOnlySpan<byte> request = input.Slice(2, length);
        ReadOnlySpan<byte> answers = input[(2 + length)..];
        string seen = "";
        foreach (NetlinkMessage message in new NetlinkReader(answers))
        {
            if (!NetlinkAnswer.Ends(message.Header))
                continue;

            var answer = NetlinkAnswer.Read(message, request);
            int error = message.Body.Length >= 4 ? MemoryMarshal.Read<int>(message.Body) : 0;
            Hold.Same(error < 0 ? unchecked(-error) : 0, answer.Errno);
            Hold.That(error < 0 || answer.Detail is null);
            seen = Shape(answer.Detail);
        }

        for (int at = 0; at < request.Length; at += 4)
            Hold.That(AttributeNames.At(request, (uint)at) is null or { Length: > 4 });

        Hold.That(AttributeNames.At(request, uint.MaxValue) is null);
        return seen;
    }

    private static string Shape(string? detail) => detail is null ? "no words"
        : $"{detail.Contains("at ", StringComparison.Ordinal)} {detail.Contains("is missing", StringComparison.Ordinal)} {detail.Length > 40}";
}
