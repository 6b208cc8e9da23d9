using System.Buffers;
using System.Text.Json;
using FastFlannel.Control;

namespace FastFlannel.Fuzz.Tests;

/// <summary>Files that others write as well: subnet.env, and dockerd's daemon.json.</summary>
internal static class FileTargets
{
    private static readonly string[] Words =
    [
        "FLANNEL_NETWORK=", "FLANNEL_SUBNET=", "FLANNEL_IPV6_NETWORK=", "FLANNEL_IPV6_SUBNET=", "FLANNEL_MTU=", "FLANNEL_IPMASQ=",
        "10.5.0.0/16", "10.5.16.1/24", "fd05::/48", "fd05:0:0:16::1/64", "1472", "true", "false", "export ", "#", "\"", "'", "\\", "\n",
        "\r\n", "\u2028", ",", "=", "\uFEFF", " ", "\t", "$", "`", "99999999999", "-1",
    ];

    private static readonly string[] JsonWords =
    [
        "\"bip\":", "\"mtu\":", "\"ip-masq\":", "\"10.5.16.1/24\"", "1472", "true", "null", "{", "}", "[", "]", ",", ":", "\"", "\\ud800",
        "\\udc00", "\\u0000", "\"log-driver\":\"journald\"", "1e400", "0.10", "/* */", "//",
    ];

    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\r\n\f\u0085\u2028\u2029");

    private static readonly DockerSettings Settings = new() { BridgeAddress = "10.5.16.1/24", Mtu = 1472, Masquerades = true };

    public static FuzzTarget SubnetFile { get; } = new("subnet-env", ReadSubnet) { Words = Words };

    public static FuzzTarget DockerSettingsTarget { get; } = new("docker-settings", ReadSettings) { Words = Words };

    public static FuzzTarget DockerConfig { get; } = new("docker-config", MergeConfig) { Words = JsonWords };

    private static string ReadSubnet(Span<byte> input)
    {
        PreviousSubnet previous = Control.SubnetFile.Parse(TextInput.Of(input), "subnet.env");
        Hold.That(previous.Warnings.All(warning => warning.StartsWith("subnet.env: ", StringComparison.Ordinal)));
        string seen = $"{previous.Subnet is null}, {previous.IPv6Subnet is null}, {Math.Min(previous.Warnings.Count, 3)}";

        // The subnet's address in the file is its second, which the longest subnets have not.
        if (previous is not { Network: { } network, Subnet: { Length: <= 30 } subnet, IPv6Subnet: null or { Length: <= 126 } })
            return seen;

        bool isDualStack = previous is { IPv6Network: not null, IPv6Subnet: not null };
        var content = new SubnetEnvironment
        {
            Network = network,
            Subnet = subnet,
            IPv6Network = isDualStack ? previous.IPv6Network : null,
            IPv6Subnet = isDualStack ? previous.IPv6Subnet : null,
            Mtu = 1472,
            IpMasq = true,
        };
        PreviousSubnet again = Control.SubnetFile.Parse(content.ToText(), "subnet.env");
        Hold.Same(0, again.Warnings.Count);
        Hold.Same((content.Network, content.Subnet), (again.Network, again.Subnet));
        Hold.Same((content.IPv6Network, content.IPv6Subnet), (again.IPv6Network, again.IPv6Subnet));
        return $"{seen}, {isDualStack}";
    }

    private static string ReadSettings(Span<byte> input)
    {
        string text = TextInput.Of(input);
        DockerSettings settings;
        try
        {
            settings = DockerSettings.Parse(text, "subnet.env");
        }
        catch (AdministrationException)
        {
            return "refused";
        }

        Hold.That(settings.BridgeAddress is null == settings.Subnet is null);

        // What is there already may be anything; a line's end in it makes lines of its own.
        string there = text.Split('\n')[0].TrimEnd('\r');
        var options = new DockerOptions
        {
            Settings = settings,
            Environment = new Dictionary<string, string> { ["DOCKER_OPTS"] = there, ["DOCKER_OPT_X"] = there, ["OTHER"] = there },
        };
        List<string> warnings = [];
        Dictionary<string, string> written = DotEnv.Parse(options.ToText(), warnings);
        if (!there.AsSpan().ContainsAny(LineEnds))
        {
            Hold.Same("", string.Join("; ", warnings), "what is wrong with what was written");
            Hold.Same(there, written["DOCKER_OPT_X"]);
            Hold.That(written["DOCKER_OPTS"].StartsWith(there, StringComparison.Ordinal) && !written.ContainsKey("OTHER"));
            Hold.Same(settings.Mtu is null ? null : $"--mtu={settings.Mtu}", written.GetValueOrDefault("DOCKER_OPT_MTU"));
        }

        return $"{settings.BridgeAddress is null}, {settings.Mtu is null}, {settings.Masquerades}, {settings.Warnings.Count > 0}";
    }

    private static string MergeConfig(Span<byte> input)
    {
        string before = TextInput.Of(input);
        string after;
        IReadOnlyList<string> changes;
        try
        {
            (after, changes) = DockerConfigFile.Merge(before, Settings, withMasquerade: true, "daemon.json");
        }
        catch (AdministrationException)
        {
            return "refused";
        }

        JsonElement config = JsonElement.Parse(after);
        Hold.Same("10.5.16.1/24", config.GetProperty("bip").GetString());
        Hold.Same(1472, config.GetProperty("mtu").GetInt32());
        Hold.That(config.GetProperty("ip-masq").GetBoolean());
        (string second, IReadOnlyList<string> none) = DockerConfigFile.Merge(after, Settings, withMasquerade: true, "daemon.json");
        Hold.Same(0, none.Count);
        Hold.Same(after, second);

        // Everything else is as it was.
        JsonElement was = JsonElement.Parse(string.IsNullOrWhiteSpace(before) ? "{}" : before);
        JsonProperty[] others = [.. was.EnumerateObject().Where(one => one.Name is not ("bip" or "mtu" or "ip-masq"))];
        Hold.Same(others.Length + 3, config.EnumerateObject().Count());
        foreach (JsonProperty other in others)
            Hold.That(IsSame(other.Value, config.GetProperty(other.Name)));

        return $"{changes.Count}, {others.Length > 0}";
    }

    private static bool IsSame(JsonElement one, JsonElement other)
    {
        try
        {
            return JsonElement.DeepEquals(one, other);
        }
        catch (ArgumentOutOfRangeException)
        {
            // Some number's exponent is beyond what the class library compares.
            return one.ValueKind == other.ValueKind;
        }
    }
}
