using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>The real firewall of a namespace that is gone after the test, and the commands that were run on it.</summary>
internal sealed class FirewallBed : IFirewallTools
{
    public static readonly FirewallOptions All = new(
        Masquerade: true, IsFullyRandom: true, Forward: true, Blackhole: false, TimeSpan.FromSeconds(5));

    public const string Network = "10.5.0.0/16";
    public const string Ipv6Network = "fd05::/56";

    private readonly string? _path;
    private readonly FirewallTools _tools;

    private FirewallBed(string? path)
    {
        _path = path;
        _tools = path is null ? new FirewallTools() : new FirewallTools(path.Split(':'));
    }

    /// <summary>How often rules were written.</summary>
    public int Writes { get; private set; }

    /// <summary>How many commands were run.</summary>
    public int Commands { get; private set; }

    public RecordingLogger Logger { get; } = new();

    /// <summary>Runs a test in a namespace of its own. All of it runs on one thread: a command starts in its thread's namespace.</summary>
    /// <param name="test">The test.</param>
    /// <param name="path">Where commands are looked for, with colons between; null for the usual places.</param>
    public static void Run(Action<FirewallBed> test, string? path = null) =>
        NetworkNamespace.RunInNew(() => test(new FirewallBed(path)));

    /// <summary>A keeper of a dual-stack network.</summary>
    public FirewallKeeper Keeper(
        FirewallOptions? options = null,
        string subnet = "10.5.64.0/24",
        bool nftables = false,
        string network = Network,
        string noMasquerade = "",
        PreviousSubnet? previous = null,
        bool ipv6 = true)
    {
        NetworkConfig config = NetworkConfigReader.Read(
            $$"""
            {"Network":"{{network}}","EnableIPv6":{{(ipv6 ? "true" : "false")}},"IPv6Network":"{{Ipv6Network}}",
            "EnableNFTables":{{(nftables ? "true" : "false")}},"NoMasquerade":[{{noMasquerade}}]}
            """).Value!;
        var own = new Subnet(Ipv4Prefix.Parse(subnet), ipv6 ? Ipv6Prefix.Parse("fd05:0:0:2b::/64") : null);
        return new FirewallKeeper(
            options ?? All, config, own, previous ?? new PreviousSubnet(), this, TimeProvider.System, Logger);
    }

    public bool Has(string tool) => _tools.Has(tool);

    public ToolAnswer Run(string tool, IReadOnlyList<string> arguments, string input = "")
    {
        Commands++;
        if (tool.EndsWith("-restore", StringComparison.Ordinal) || (tool == "nft" && arguments[0] is "-f" or "delete"))
            Writes++;

        return _tools.Run(tool, arguments, input);
    }

    /// <summary>Has a shell do something to the firewall, as somebody else would.</summary>
    /// <returns>What it printed.</returns>
    public string Shell(string script) =>
        _tools.Run("sh", ["-ec", _path is null ? script : $"PATH={_path}; {script}"]).OrThrow(script);

    /// <summary>The rules and chains of both families' iptables, without what changes from run to run.</summary>
    public string[] Iptables() => [.. Lines("iptables-save"), .. Lines("ip6tables-save")];

    /// <summary>What <c>nft</c> lists of a table.</summary>
    public string[] Nft(string table) =>
    [
        .. _tools.Run("nft", ["list", "table", .. table.Split(' ')]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries),
    ];

    private IEnumerable<string> Lines(string command) => Shell(command)
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line[0] != '#')
        .Select(line => line[0] == ':' ? line.Split('[')[0].Trim() : line);
}
