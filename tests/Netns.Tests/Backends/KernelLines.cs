using System.Text.Json;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>What a daemon has in the kernel of its host, a line for each thing, in the words of ip(8) and bridge(8).</summary>
internal static class KernelLines
{
    // What an entry has where it differs from its device.
    private static readonly string[] FdbWays = ["port", "vni", "viaIf"];

    /// <summary>Devices of flannel's names and all that is on them, and the routes that somebody made.</summary>
    /// <param name="host">Whose.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>The lines in order, without indexes, which change when something is made anew.</returns>
    public static async Task<string[]> ReadAsync(Namespace host, CancellationToken cancellation)
    {
        List<string> lines = [];
        await AddAsync(
            ["ip", "-j", "-d", "address", "show"], device => IsOurs(device, "ifname") ? [Link(device), .. Addresses(device)] : []);
        await AddAsync(["ip", "-j", "route", "show", "table", "main"], Routes);
        await AddAsync(["ip", "-j", "-6", "route", "show", "table", "main"], Routes);
        await AddAsync(
            ["ip", "-j", "neighbour", "show", "nud", "permanent"], entry => IsOurs(entry, "dev") ? [Neighbour(entry)] : []);
        await AddAsync(["bridge", "-j", "fdb", "show"], entry => IsOurs(entry, "ifname") ? [FdbEntry(entry)] : []);
        return [.. lines.Order(StringComparer.Ordinal)];

        async Task AddAsync(string[] command, Func<JsonElement, IEnumerable<string>> read)
        {
            string said = (await host.ExecAsync(command, cancellation)).OrThrow().Output;
            using var answer = JsonDocument.Parse(said.Length == 0 ? "[]" : said);
            lines.AddRange(answer.RootElement.EnumerateArray().SelectMany(element => read(element).ToArray()));
        }
    }

    /// <summary>Waits until a host has exactly these lines again.</summary>
    public static async Task<TimeSpan> WaitForAsync(
        Namespace host, IReadOnlyList<string> wanted, TimeSpan limit, CancellationToken cancellation)
    {
        string[] now = [];
        try
        {
            return await Wait.UntilAsync(
                async () => (now = await ReadAsync(host, cancellation)).SequenceEqual(wanted),
                limit,
                "the kernel's entries",
                cancellation);
        }
        catch (LabException error)
        {
            string missing = string.Join("\n  ", wanted.Except(now));
            string surplus = string.Join("\n  ", now.Except(wanted));
            throw new LabException($"{error.Message}; missing:\n  {missing}\nthere instead:\n  {surplus}", error);
        }
    }

    private static bool IsOurs(JsonElement element, string field) =>
        Text(element, field).StartsWith("flannel", StringComparison.Ordinal);

    private static string Link(JsonElement link)
    {
        JsonElement info = link.GetProperty("linkinfo");
        IEnumerable<string> data = info.GetProperty("info_data").EnumerateObject()
            .OrderBy(field => field.Name, StringComparer.Ordinal)
            .Select(field => $"{field.Name}={Show(field.Value)}");
        return $"link {Text(link, "ifname")} {List(link, "flags")} mtu {Text(link, "mtu")} txqlen {Text(link, "txqlen", "0")} "
            + $"{Text(link, "address")} {Text(info, "info_kind")} {string.Join(' ', data)}";
    }

    private static IEnumerable<string> Addresses(JsonElement link) => link.GetProperty("addr_info").EnumerateArray()
        .Where(address => !Text(address, "local").StartsWith("fe80", StringComparison.Ordinal))
        .Select(address =>
            $"address {Text(address, "local")}/{Text(address, "prefixlen")} scope {Text(address, "scope")} "
            + $"dev {Text(link, "ifname")}");

    // Neither those that come with addresses nor the lab's default route.
    private static IEnumerable<string> Routes(JsonElement route)
    {
        string destination = Text(route, "dst");
        if (destination == "default" || Text(route, "protocol", "boot") == "kernel")
            return [];

        string line = $"route {Text(route, "type", "unicast")} {destination} via {Text(route, "gateway", "none")} "
            + $"dev {Text(route, "dev")} proto {Text(route, "protocol", "boot")} scope {Text(route, "scope", "global")} "
            + $"metric {Text(route, "metric", "0")} {List(route, "flags")}";
        return [line.TrimEnd()];
    }

    private static string Neighbour(JsonElement entry) =>
        $"neighbour {Text(entry, "dst")} dev {Text(entry, "dev")} lladdr {Text(entry, "lladdr")} {List(entry, "state")}";

    private static string FdbEntry(JsonElement entry) =>
        $"fdb {Text(entry, "mac")} dev {Text(entry, "ifname")} dst {Text(entry, "dst", "none")} "
        + string.Concat(FdbWays.Where(way => entry.TryGetProperty(way, out _)).Select(way => $"{way} {Text(entry, way)} "))
        + $"{List(entry, "flags")} {Text(entry, "state", "none")}";

    private static string Show(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => $"{Text(value, "low")}-{Text(value, "high")}",
        JsonValueKind.String => value.GetString()!,
        _ => value.GetRawText(),
    };

    private static string List(JsonElement element, string field) =>
        string.Join(' ', element.GetProperty(field).EnumerateArray().Select(item => item.GetString()));

    private static string Text(JsonElement element, string field, string otherwise = "") =>
        element.TryGetProperty(field, out JsonElement value) ? Show(value) : otherwise;
}
