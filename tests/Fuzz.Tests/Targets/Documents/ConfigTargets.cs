using System.Globalization;
using FastFlannel.Control;
using FastFlannel.Native;

namespace FastFlannel.Fuzz.Tests;

/// <summary>The network config in etcd and its Backend: a value or problems, and what is read can be written and read again.</summary>
internal static class ConfigTargets
{
    private static readonly string[] Words =
    [
        "\"Network\":", "\"SubnetLen\":", "\"SubnetMin\":", "\"SubnetMax\":", "\"EnableIPv4\":", "\"EnableIPv6\":", "\"EnableNFTables\":",
        "\"IPv6Network\":", "\"IPv6SubnetLen\":", "\"IPv6SubnetMin\":", "\"IPv6SubnetMax\":", "\"NoMasquerade\":", "\"Backend\":",
        "\"Type\":", "\"Port\":", "\"Queues\":", "\"Offloads\":", "\"VNI\":", "\"MTU\":", "\"GBP\":", "\"Learning\":", "\"DirectRouting\":",
        "\"Gso\":", "\"10.5.0.0/16\"", "\"fd05::/48\"", "\"10.5.1.0\"", "\"10.5.255.0\"", "\"0.0.0.0/0\"", "\"::\"", "true", "false", "null",
        "{", "}", "[", "]", ",", ":", "\"", "\\ud800", "\\u0000", "1e1", "-1", "0", "24", "30", "31", "65535", "65536", "18446744073709551616",
    ];

    public static FuzzTarget NetworkConfig { get; } = new("network-config", ReadConfig) { Words = Words };

    public static FuzzTarget Backend { get; } = new("backend-config", ReadBackend) { Words = Words };

    private static string ReadConfig(Span<byte> input)
    {
        string json = TextInput.Of(input);
        ReadResult<NetworkConfig> read = NetworkConfigReader.Read(json);
        AssertOneOrOther(read);
        (string Type, string Json)? backend = NetworkConfigReader.ReadBackend(json);
        if (read.Value is not { } config)
            return $"{Math.Min(read.Problems.Count, 4)}: {read.Problems[0].Split('(', ' ')[0]}";

        Hold.Same((config.BackendType, config.Backend), backend);
        Hold.That(config.EnableIPv4 || config.EnableIPv6);
        if (config.EnableIPv4)
        {
            Hold.That(config.Network.Length > 0 && config.SubnetLen >= config.Network.Length + 2 && config.SubnetLen <= 30);
            Hold.That(config.SubnetMin <= config.SubnetMax);
            foreach (Ipv4Address bound in new[] { config.SubnetMin, config.SubnetMax })
                Hold.That(config.Network.Contains(bound) && config.CanLease(new Ipv4Prefix(bound, config.SubnetLen)));
        }

        if (config.EnableIPv6)
        {
            Hold.That(config.IPv6SubnetLen >= config.IPv6Network.Length + 2 && config.IPv6SubnetLen <= 126);
            Hold.That(config.IPv6SubnetMin <= config.IPv6SubnetMax);
            foreach (Ipv6Address bound in new[] { config.IPv6SubnetMin, config.IPv6SubnetMax })
                Hold.That(config.IPv6Network.Contains(bound) && config.CanLease(new Ipv6Prefix(bound, config.IPv6SubnetLen)));
        }

        ReadResult<NetworkConfig> again = NetworkConfigReader.Read(Write(config));
        Hold.Same("", string.Join("; ", again.Problems), "what is wrong with the config written again");
        Hold.That(again.Value!.NoMasquerade.SequenceEqual(config.NoMasquerade));
        Hold.Same(config, again.Value with { NoMasquerade = config.NoMasquerade });
        return $"{config.EnableIPv4}, {config.EnableIPv6}, {config.NoMasquerade.Count > 0}, {config.BackendType.Length > 0}";
    }

    private static string Write(NetworkConfig config)
    {
        List<string> fields =
        [
            Invariant($"\"EnableIPv4\":{Word(config.EnableIPv4)},\"EnableIPv6\":{Word(config.EnableIPv6)}"),
            Invariant($"\"EnableNFTables\":{Word(config.EnableNFTables)},\"Backend\":{config.Backend}"),
            $"\"NoMasquerade\":[{string.Join(',', config.NoMasquerade.Select(network => $"\"{network}\""))}]",
            $"\"Network\":\"{config.Network}\"",
            $"\"IPv6Network\":\"{config.IPv6Network}\"",
        ];
        if (config.EnableIPv4)
            fields.Add(Invariant($"\"SubnetLen\":{config.SubnetLen},\"SubnetMin\":\"{config.SubnetMin}\",\"SubnetMax\":\"{config.SubnetMax}\""));

        if (config.EnableIPv6)
        {
            fields.Add(Invariant(
                $"\"IPv6SubnetLen\":{config.IPv6SubnetLen},\"IPv6SubnetMin\":\"{config.IPv6SubnetMin}\",\"IPv6SubnetMax\":\"{config.IPv6SubnetMax}\""));
        }

        // No Backend at all is udp; an empty one has no type.
        if (config.BackendType == "udp" && config.Backend == "{}")
            fields[1] = Invariant($"\"EnableNFTables\":{Word(config.EnableNFTables)}");

        return $"{{{string.Join(',', fields)}}}";
    }

    private static string ReadBackend(Span<byte> input)
    {
        string json = TextInput.Of(input);
        ReadResult<UdpBackendConfig> udp = UdpBackendConfig.Read(json);
        AssertOneOrOther(udp);
        if (udp.Value is { } config)
            Hold.That(config is { Port: >= 1 and <= 65535, Queues: >= 0 and <= 64 });

        foreach (bool isDualStack in new[] { false, true })
        {
            ReadResult<VxlanBackendConfig> vxlan = VxlanBackendConfig.Read(json, isDualStack);
            AssertOneOrOther(vxlan);
            if (vxlan.Value is not { } device)
                continue;

            Hold.That(device is { Port: >= 0 and <= 65535, Mtu: 0 or (>= 118 and <= 65535), Vni: >= 0 });
            Hold.That((isDualStack ? $"flannel-v6.{device.Vni}" : $"flannel.{device.Vni}").Length <= 15);
        }

        if (VxlanLeaseData.ReadMac(json) is { } mac)
            Hold.That(!mac.IsGroup && mac.Value != 0 && VxlanLeaseData.ReadMac(VxlanLeaseData.Write(1, mac)) == mac);

        return $"{Math.Min(udp.Problems.Count, 3)}, {udp.Value?.Offloads.Gso}, {VxlanBackendConfig.Read(json, false).Problems.Count}";
    }

    private static void AssertOneOrOther<T>(ReadResult<T> read)
        where T : class
    {
        Hold.That(read.Value is null == read.Problems.Count > 0);
        Hold.That(read.Problems.All(problem => problem.Length > 0));
    }

    private static string Word(bool value) => value ? "true" : "false";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
