using System.Text;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>The value of a lease in etcd: how a node is reached (flannel pkg/lease/lease.go).</summary>
/// <remarks>Two are equal when both would be written as the same text.</remarks>
public sealed record LeaseAttributes
{
    private static readonly string[] Known = ["PublicIP", "PublicIPv6", "BackendType", "BackendData", "BackendV6Data"];

    /// <summary>Where peers send IPv4 traffic for the subnet.</summary>
    public required Ipv4Address PublicIP { get; init; }

    /// <summary>Where peers send IPv6 traffic for the subnet, or null.</summary>
    public Ipv6Address? PublicIPv6 { get; init; }

    /// <summary>The node's backend; empty for udp and alloc, which do not say.</summary>
    public string BackendType { get; init; } = "";

    /// <summary>What the backend tells its peers, or null: any valid JSON, kept without the spaces between its parts.</summary>
    public string? BackendData { get; init => field = CompactOrNull(value); }

    /// <summary>What the backend tells its IPv6 peers, or null; like <see cref="BackendData"/>.</summary>
    public string? BackendV6Data { get; init => field = CompactOrNull(value); }

    /// <summary>
    /// Fields that this release does not know, as JSON without the outer braces, or null: <c>"Zone":"a"</c>. They are kept when an
    /// own lease is written again, since somebody put them there.
    /// </summary>
    public string? OtherFields { get; init; }

    /// <summary>
    /// The value as flannel writes it, to the byte: compact, fields in this order, PublicIPv6 always there, the others only when
    /// they say something. For example <c>{"PublicIP":"10.77.0.11","PublicIPv6":null}</c>.
    /// </summary>
    public string ToJson()
    {
        var json = new StringBuilder("{\"PublicIP\":\"").Append(PublicIP).Append("\",\"PublicIPv6\":");
        _ = PublicIPv6 is { } ipv6 ? json.Append('"').Append(ipv6).Append('"') : json.Append("null");
        if (BackendType.Length > 0)
            json.Append(",\"BackendType\":").Append(GoJson.Quote(BackendType));

        if (BackendData is not null)
            json.Append(",\"BackendData\":").Append(BackendData);

        if (BackendV6Data is not null)
            json.Append(",\"BackendV6Data\":").Append(BackendV6Data);

        if (OtherFields is not null)
            json.Append(',').Append(OtherFields);

        return json.Append('}').ToString();
    }

    /// <summary>Reads a value that any node, or an operator making a reservation, has written.</summary>
    /// <param name="json">Any text at all. Field names match in any case and unknown ones are kept.</param>
    public static ReadResult<LeaseAttributes> Read(string json)
    {
        const string PublicIPExpected = "an IPv4 address like 192.168.0.10";
        List<string> problems = [];
        var fields = JsonFields.Of(json, "the lease", problems);
        if (problems.Count > 0)
            return ReadResult<LeaseAttributes>.Bad(problems);

        if (fields.Find("PublicIP") is null)
            problems.Add($"PublicIP is missing, expected {PublicIPExpected}");

        var attributes = new LeaseAttributes
        {
            PublicIP = fields.Parsed<Ipv4Address>("PublicIP", PublicIPExpected, Ipv4Address.TryParse) ?? default,
            PublicIPv6 = fields.Parsed<Ipv6Address>("PublicIPv6", "an IPv6 address like fd00::10, or null", Ipv6Address.TryParse),
            BackendType = fields.Text("BackendType", "the name of a backend like \"vxlan\"") ?? "",
            BackendData = fields.Find("BackendData")?.GetRawText(),
            BackendV6Data = fields.Find("BackendV6Data")?.GetRawText(),
            OtherFields = Others(fields),
        };
        return problems.Count > 0
            ? ReadResult<LeaseAttributes>.Bad(problems)
            : ReadResult<LeaseAttributes>.Of(attributes);
    }

    private static string? Others(JsonFields fields)
    {
        string others = string.Join(',', fields.Except(Known).Select(f => $"{GoJson.Quote(f.Key)}:{GoJson.Compact(f.Value.GetRawText())}"));
        return others.Length == 0 ? null : others;
    }

    private static string? CompactOrNull(string? json) => json is null ? null : GoJson.Compact(json);
}
