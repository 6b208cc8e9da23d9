using System.Net;
using System.Text.Json;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// Reads and checks a <see cref="NetworkConfig"/> as flannel's pkg/subnet/config.go does, except that it reports every problem
/// and not only the first.
/// </summary>
public static class NetworkConfigReader
{
    private const string Ipv4NetworkExpected = "an IPv4 network like 10.5.0.0/16";
    private const string Ipv6NetworkExpected = "an IPv6 network like fc00::/48";
    private const string Ipv4AddressExpected = "an IPv4 address like 10.5.1.0";
    private const string Ipv6AddressExpected = "an IPv6 address like fc00:0:0:1::";

    /// <summary>Reads the JSON at <c>&lt;prefix&gt;/config</c>.</summary>
    /// <param name="json">The document; any text at all.</param>
    /// <returns>The config with its defaults filled in, or what is wrong with the document.</returns>
    public static ReadResult<NetworkConfig> Read(string json)
    {
        List<string> problems = [];
        var fields = JsonFields.Of(json, "the network config", problems);
        if (problems.Count > 0)
            return ReadResult<NetworkConfig>.Bad(problems);

        bool enableIPv4 = fields.Boolean("EnableIPv4", otherwise: true);
        bool enableIPv6 = fields.Boolean("EnableIPv6", otherwise: false);
        bool enableNFTables = fields.Boolean("EnableNFTables", otherwise: false);
        IReadOnlyList<IPNetwork> noMasquerade = fields.Networks(
            "NoMasquerade", "a list of networks like [\"10.0.0.0/8\", \"fd00::/8\"]");
        if (!enableIPv4 && !enableIPv6)
            problems.Add("neither IPv4 nor IPv6 is enabled (EnableIPv4 and EnableIPv6 are false, expected at least one true)");

        Ipv4Prefix? network = ReadIpv4Network(fields, enableIPv4, problems);
        SubnetRange range = ReadIpv4Range(fields, enableIPv4 ? network : null, problems);
        Ipv6Prefix? ipv6Network = ReadIpv6Network(fields, enableIPv6, problems);
        SubnetRange ipv6Range = ReadIpv6Range(fields, enableIPv6 ? ipv6Network : null, problems);
        (string backendType, string backend) = ReadBackend(fields, problems);

        if (problems.Count > 0)
            return ReadResult<NetworkConfig>.Bad(problems);

        return ReadResult<NetworkConfig>.Of(new NetworkConfig
        {
            EnableIPv4 = enableIPv4,
            EnableIPv6 = enableIPv6,
            EnableNFTables = enableNFTables,
            NoMasquerade = noMasquerade,
            Network = network ?? default,
            SubnetLen = range.Length,
            SubnetMin = new Ipv4Address((uint)range.Min),
            SubnetMax = new Ipv4Address((uint)range.Max),
            IPv6Network = ipv6Network ?? default,
            IPv6SubnetLen = ipv6Range.Length,
            IPv6SubnetMin = new Ipv6Address(ipv6Range.Min),
            IPv6SubnetMax = new Ipv6Address(ipv6Range.Max),
            BackendType = backendType,
            Backend = backend,
        });
    }

    /// <summary>Reads what <see cref="NetworkConfig.BackendType"/> and <see cref="NetworkConfig.Backend"/> would be.</summary>
    /// <param name="json">The whole document; any text at all.</param>
    /// <returns>Them, also when the rest of the document is wrong; null when they are wrong themselves.</returns>
    internal static (string Type, string Json)? ReadBackend(string json)
    {
        List<string> problems = [];
        (string, string) backend = ReadBackend(JsonFields.Of(json, "the network config", problems), problems);
        return problems.Count == 0 ? backend : null;
    }

    private static Ipv4Prefix? ReadIpv4Network(JsonFields fields, bool enabled, List<string> problems)
    {
        const string Define = "please define a correct Network parameter in the flannel config";
        if (fields.Find("Network") is not { } value)
        {
            if (enabled)
                problems.Add($"{Define} (Network is missing, expected {Ipv4NetworkExpected})");

            return null;
        }

        string? text = JsonFields.TextOf(value);
        if (Ipv4Prefix.TryParse(text, out Ipv4Prefix network) && !(enabled && IsNone(network.Length)))
            return network;

        string problem = Ipv6Prefix.TryParse(text, out _) ? "invalid IPv4 CIDR format" : Define;
        problems.Add($"{problem} (Network is {JsonFields.Show(value)}, expected {Ipv4NetworkExpected})");
        return null;
    }

    private static Ipv6Prefix? ReadIpv6Network(JsonFields fields, bool enabled, List<string> problems)
    {
        const string Define = "please define a correct IPv6Network parameter in the flannel config";
        if (fields.Find("IPv6Network") is not { } value)
        {
            if (enabled)
                problems.Add($"{Define} (IPv6Network is missing, expected {Ipv6NetworkExpected})");

            return null;
        }

        string? text = JsonFields.TextOf(value);
        if (Ipv6Prefix.TryParse(text, out Ipv6Prefix network) && !(enabled && IsNone(network.Length)))
            return network;

        problems.Add($"{Define} (IPv6Network is {JsonFields.Show(value)}, expected {Ipv6NetworkExpected})");
        return null;
    }

    /// <summary>flannel takes 0.0.0.0/0 and ::/0 for no network at all.</summary>
    private static bool IsNone(int networkLength) => networkLength == 0;

    private static SubnetRange ReadIpv4Range(JsonFields fields, Ipv4Prefix? network, List<string> problems)
    {
        UInt128? Bound(string name) => fields.Parsed<Ipv4Address>(name, Ipv4AddressExpected, Ipv4Address.TryParse)?.Value;
        SubnetRangeRules? rules = network is { } within
            ? new(FamilyTerms.IPv4, within.Network.Value, within.Length, problems)
            : null;
        return ReadRange(fields, FamilyTerms.IPv4, Bound, rules, problems);
    }

    private static SubnetRange ReadIpv6Range(JsonFields fields, Ipv6Prefix? network, List<string> problems)
    {
        UInt128? Bound(string name) => fields.Parsed<Ipv6Address>(name, Ipv6AddressExpected, Ipv6Address.TryParse)?.Value;
        SubnetRangeRules? rules = network is { } within
            ? new(FamilyTerms.IPv6, within.Network.Value, within.Length, problems)
            : null;
        return ReadRange(fields, FamilyTerms.IPv6, Bound, rules, problems);
    }

    /// <summary>The fields are read even when there is no network to hold them to: a wrong type is wrong all the same.</summary>
    private static SubnetRange ReadRange(
        JsonFields fields, FamilyTerms terms, Func<string, UInt128?> readBound, SubnetRangeRules? rules, List<string> problems)
    {
        int before = problems.Count;
        ulong? length = fields.WholeNumber(terms.SubnetLen, $"a prefix length up to {terms.LongestSubnet}, or 0 for the default");
        UInt128? min = readBound(terms.SubnetMin);
        UInt128? max = readBound(terms.SubnetMax);
        return problems.Count == before ? rules?.Apply(length, min, max) ?? default : default;
    }

    /// <summary>No Backend means udp, whatever flannel's documentation says; a Backend without Type has the type "".</summary>
    private static (string Type, string Json) ReadBackend(JsonFields fields, List<string> problems)
    {
        const string Undecodable = "error decoding Backend property of config: ";
        if (fields.Find("Backend") is not { } backend)
            return (fields.Has("Backend") ? "" : "udp", "{}");

        if (backend.ValueKind != JsonValueKind.Object)
        {
            problems.Add($$"""{{Undecodable}}Backend is {{JsonFields.Show(backend)}}, expected an object like {"Type":"udp"}""");
            return ("", "{}");
        }

        List<string> inner = [];
        var backendFields = JsonFields.Of(backend.GetRawText(), "Backend", inner);
        string type = backendFields.Text("Type", "the name of a backend like \"udp\"") ?? "";
        problems.AddRange(inner.Select(problem => Undecodable + problem));
        return (type.ToLowerInvariant(), backend.GetRawText());
    }
}
