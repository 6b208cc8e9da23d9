using System.Text.Json;
using FastFlannel.Control;
using FastFlannel.Native;
using Google.Protobuf;
using Mvccpb;

namespace FastFlannel.Fuzz.Tests;

/// <summary>What other hosts have written to etcd: keys and values of leases, owner marks, tunnels.</summary>
internal static class LeaseTargets
{
    private const string Prefix = "/coreos.com/network";

    private static readonly string[] Words =
    [
        "\"PublicIP\":", "\"PublicIPv6\":", "\"BackendType\":", "\"BackendData\":", "\"BackendV6Data\":", "\"10.77.0.11\"", "\"fd00::11\"",
        "\"vxlan\"", "{\"VNI\":1,\"VtepMAC\":\"26:48:39:7b:59:17\"}", "\"HostName\":", "\"MachineId\":", "\"BootId\":", "\"ProcessId\":",
        "\"ProcessStart\":", "null", "{", "}", "[", "]", ",", ":", "\"", "\\", "\\ud800", "\\u2028", "<", "&", "\u2028", " ", "1e400",
        "-24", "&", "::", "10.5.3.0", "-31", "-32", "-127", "00",
    ];

    public static FuzzTarget Key { get; } = new("lease-key", ReadKey) { Words = Words, Longest = 256 };

    public static FuzzTarget Value { get; } = new("lease-value", ReadValue) { Words = Words };

    public static FuzzTarget Owner { get; } = new("owner-mark", ReadOwner) { Words = Words };

    public static FuzzTarget Tunnel { get; } = new("tunnel-key", ReadTunnel) { Words = Words, Longest = 128 };

    private static string ReadKey(Span<byte> input)
    {
        string key = TextInput.Of(input);
        var pair = new KeyValue { Key = ByteString.CopyFrom(input), Value = ByteString.CopyFromUtf8("{\"PublicIP\":\"10.77.0.11\"}") };
        Subnet? own = LeaseRecord.SubnetOf(Prefix, pair);
        if (!LeaseKey.TryParse(key, out Subnet subnet))
        {
            Hold.That(own is null);
            return "none";
        }

        Hold.That(subnet.Ipv4.Length <= 31 && subnet.Ipv6 is not { Length: > 127 });
        string proper = LeaseKey.Format(Prefix, subnet);
        Hold.That(LeaseKey.TryParse(proper, out Subnet again) && again == subnet);
        Hold.Same(key == proper, own is not null);
        Hold.Same(own is not null, LeaseRecord.TryRead(Prefix, pair, out Lease? lease, out string? problem));
        Hold.That(lease is null != problem is null);
        return $"{subnet.Ipv6 is not null}, {own is not null}";
    }

    private static string ReadValue(Span<byte> input)
    {
        string json = TextInput.Of(input);
        ReadResult<LeaseAttributes> read = LeaseAttributes.Read(json);
        Hold.That(read.Value is null == read.Problems.Count > 0);
        if (read.Value is not { } lease)
            return $"{read.Problems.Count}: {read.Problems[0].Split(' ')[0]}";

        string written = lease.ToJson();
        JsonDocument.Parse(written).Dispose();
        ReadResult<LeaseAttributes> again = LeaseAttributes.Read(written);
        Hold.Same("", string.Join("; ", again.Problems), "what is wrong with the lease written again");
        Hold.Same(lease, again.Value);
        Hold.Same(written, again.Value!.ToJson());
        MacAddress? mac = VxlanLeaseData.ReadMac(lease.BackendData);
        return $"{lease.PublicIPv6 is null}, {lease.BackendType.Length > 0}, {lease.BackendData is null}, {lease.OtherFields is null}, {mac is null}";
    }

    private static string ReadOwner(Span<byte> input)
    {
        var owner = HostProcess.Read(TextInput.Of(input));
        string written = owner.ToJson();
        JsonDocument.Parse(written).Dispose();
        Hold.Same(owner, HostProcess.Read(written));
        Hold.That(!owner.HasEnded || owner.BootId == HostProcess.Current.BootId);
        return $"{owner.HostName == "unknown"}, {owner.BootId.Length > 0}, {owner.ProcessId > 0}, {owner.ProcessStart > 0}";
    }

    private static string ReadTunnel(Span<byte> input)
    {
        string prefix = EtcdKeys.Tunnels(Prefix);
        var key = ByteString.CopyFrom([.. ByteString.CopyFromUtf8(prefix).Span, .. input]);
        Ipv4Address? host = TunnelDirectory.HostOf(prefix, key);
        Hold.Same(Ipv4Address.TryParse(TextInput.Of(input), out Ipv4Address expected) ? expected : null, host);

        // The key's value, whatever the key.
        var offer = TunnelOffer.Read(TextInput.Of(input));
        Hold.Same(offer, TunnelOffer.Read(offer.ToJson()));
        return $"{host is null}, {offer.TakesSubnet}";
    }
}
