using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FastFlannel.Control;

namespace FastFlannel.Daemon;

/// <summary>What <c>fastflannel config check --json</c> prints.</summary>
/// <param name="Ok">Whether daemons can start with it.</param>
/// <param name="Problems">What keeps them from it.</param>
/// <param name="Warnings">What is allowed and probably not meant, or not in this release.</param>
/// <param name="Summary">What it has room for; null when it is not ok.</param>
internal sealed record ConfigCheckDocument(
    bool Ok, IReadOnlyList<string> Problems, IReadOnlyList<string> Warnings, ConfigSummary? Summary);

/// <summary>What <c>fastflannel leases --json</c> prints.</summary>
/// <param name="Leases">By subnet.</param>
/// <param name="Broken">Keys that are no leases: which, and why.</param>
internal sealed record LeasesDocument(IReadOnlyList<LeaseDocument> Leases, IReadOnlyList<string> Broken);

/// <summary>One lease of it.</summary>
/// <param name="Subnet">The IPv4 subnet, for example <c>10.5.16.0/24</c>.</param>
/// <param name="Ipv6Subnet">The IPv6 subnet of a dual-stack lease, or null.</param>
/// <param name="PublicIP">Where the host is reached.</param>
/// <param name="PublicIPv6">The same for IPv6, or null.</param>
/// <param name="Host">The host's name if a daemon runs there and says so, or null.</param>
/// <param name="Backend">Its backend's type; udp where the lease names none.</param>
/// <param name="Reserved">Whether it never expires.</param>
/// <param name="ExpiresIn">Seconds until it ends without renewal; null when reserved or not asked for.</param>
/// <param name="Own">Whether it is this machine's.</param>
internal sealed record LeaseDocument(
    string Subnet,
    string? Ipv6Subnet,
    string PublicIP,
    string? PublicIPv6,
    string? Host,
    string Backend,
    bool Reserved,
    long? ExpiresIn,
    bool Own);

/// <summary>Writes the documents as JSON without reflection.</summary>
[JsonSerializable(typeof(ConfigCheckDocument))]
[JsonSerializable(typeof(LeasesDocument))]
internal sealed partial class CommandJson : JsonSerializerContext
{
    /// <summary>Laid out to be read, and without escapes that JSON does not demand.</summary>
    public static CommandJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
