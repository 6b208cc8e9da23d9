using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// subnet.env (<c>--subnet-file</c>): read at start for the subnet of the last run, written once the node has one. It stays when
/// the daemon exits, so that a restart finds it.
/// </summary>
public static class SubnetFile
{
    internal const string NetworkName = "FLANNEL_NETWORK";
    internal const string SubnetName = "FLANNEL_SUBNET";
    internal const string IPv6NetworkName = "FLANNEL_IPV6_NETWORK";
    internal const string IPv6SubnetName = "FLANNEL_IPV6_SUBNET";
    internal const string MtuName = "FLANNEL_MTU";
    internal const string IpMasqName = "FLANNEL_IPMASQ";

    /// <summary>Reads what the last run has written, or an operator by hand.</summary>
    /// <param name="path">The file; not existing is the normal case at a first start.</param>
    /// <returns>What could be read. Whatever is wrong with the file is a warning.</returns>
    public static PreviousSubnet Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return new PreviousSubnet();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new PreviousSubnet { Warnings = [$"cannot read the previous subnet from {path}: {error.Message}"] };
        }
    }

    /// <summary>Replaces the file in one step: a reader sees the old one or the whole new one, also after a crash.</summary>
    /// <param name="path">The file, mode 0644 whatever the umask. Directories that are missing are made with mode 0755.</param>
    /// <param name="content">What to tell.</param>
    /// <exception cref="IOException">The file cannot be written, for example because the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Write(string path, SubnetEnvironment content) => ReplacedFile.Write(path, content.ToText());

    /// <summary>Reads a file's text. Never throws, whatever the text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="path">Where it is from, for warnings.</param>
    internal static PreviousSubnet Parse(string text, string path)
    {
        List<string> warnings = [];
        Dictionary<string, string> values = DotEnv.Parse(text, warnings);
        var previous = new PreviousSubnet
        {
            Network = ReadOnly<Ipv4Prefix>(values, NetworkName, Ipv4Prefix.TryParse, warnings),
            Subnet = ReadOnly<Ipv4Prefix>(values, SubnetName, Ipv4Prefix.TryParse, warnings),
            IPv6Network = ReadOnly<Ipv6Prefix>(values, IPv6NetworkName, Ipv6Prefix.TryParse, warnings),
            IPv6Subnet = ReadOnly<Ipv6Prefix>(values, IPv6SubnetName, Ipv6Prefix.TryParse, warnings),
        };
        return previous with { Warnings = [.. warnings.Select(warning => $"{path}: {warning}")] };
    }

    /// <summary>The one network of a comma list. With several there is no telling which one is meant, so there is none.</summary>
    private static T? ReadOnly<T>(Dictionary<string, string> values, string name, TryParse<T> parse, List<string> warnings)
        where T : struct
    {
        if (!values.TryGetValue(name, out string? list))
            return null;

        List<T> networks = [];
        foreach (string item in list.Split(',', StringSplitOptions.TrimEntries))
        {
            if (parse(item, out T network))
                networks.Add(network);
            else
                warnings.Add($"{name} has '{item}', expected address/length; it is skipped");
        }

        if (networks.Count > 1)
            warnings.Add($"{name} has {networks.Count} networks, expected one; they are ignored");

        return networks.Count == 1 ? networks[0] : null;
    }
}
