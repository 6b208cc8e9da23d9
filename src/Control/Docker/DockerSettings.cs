using System.Globalization;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>What subnet.env means for dockerd's own bridge. What the file does not say is null, and dockerd's default holds.</summary>
public sealed record DockerSettings
{
    /// <summary>dockerd's <c>bip</c>: the bridge's address with the subnet's length.</summary>
    public string? BridgeAddress { get; init; }

    /// <summary>dockerd's <c>mtu</c>, in bytes.</summary>
    public int? Mtu { get; init; }

    /// <summary>dockerd's <c>ip-masq</c>: whether dockerd masquerades, which is when the daemon does not.</summary>
    public bool? Masquerades { get; init; }

    /// <summary>What of the file was passed over, one line each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether the file says nothing that dockerd could use.</summary>
    public bool IsEmpty => BridgeAddress is null && Mtu is null && Masquerades is null;

    /// <summary>The subnet, or null.</summary>
    public Ipv4Prefix? Subnet => BridgeAddress is null ? null : Ipv4Prefix.Parse(BridgeAddress);

    /// <summary>Reads subnet.env. No file is an empty one: there may be no daemon yet.</summary>
    /// <exception cref="AdministrationException">The file cannot be read, or has a value that dockerd would not take.</exception>
    public static DockerSettings Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new DockerSettings();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AdministrationException($"cannot read {path}: {e.Message}", e);
        }
    }

    /// <summary>Reads a file's text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="path">Where it is from, for messages.</param>
    /// <exception cref="AdministrationException">A value is none that dockerd would take.</exception>
    internal static DockerSettings Parse(string text, string path)
    {
        List<string> warnings = [];
        Dictionary<string, string> values = DotEnv.Parse(text, warnings);
        return new DockerSettings
        {
            BridgeAddress = Value(SubnetFile.SubnetName) is not { } subnet ? null
                : Ipv4Prefix.TryParse(subnet, out _) ? subnet
                : throw Invalid(SubnetFile.SubnetName, subnet, "an address with a length like 10.5.16.1/24"),
            Mtu = Value(SubnetFile.MtuName) is not { } mtu ? null
                : int.TryParse(mtu, NumberStyles.None, CultureInfo.InvariantCulture, out int bytes) ? bytes
                : throw Invalid(SubnetFile.MtuName, mtu, "a number of bytes like 1472"),
            Masquerades = Value(SubnetFile.IpMasqName) switch
            {
                null => null,
                "true" => false,
                "false" => true,
                { } other => throw Invalid(SubnetFile.IpMasqName, other, "true or false"),
            },
            Warnings = [.. warnings.Select(warning => $"{path}: {warning}")],
        };

        string? Value(string name) => values.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

        AdministrationException Invalid(string name, string value, string expected) =>
            new($"Invalid value of {name}: {value} (in {path}; expected {expected})");
    }
}
