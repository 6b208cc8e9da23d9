using System.Globalization;
using FastFlannel.Control;

namespace FastFlannel.Daemon;

/// <summary>
/// How the daemon is to run: every flag's value. <see cref="Default"/> has flannel's defaults (main.go); others come from
/// <see cref="CommandLine.Parse"/>, or in a test from <c>DaemonOptions.Default with { … }</c>.
/// </summary>
public sealed record DaemonOptions
{
    private DaemonOptions()
    {
    }

    /// <summary>What an empty command line means.</summary>
    public static DaemonOptions Default { get; } = From(new FlagValues());

    /// <summary>etcd's endpoints, at least one; split at commas and not trimmed yet.</summary>
    public IReadOnlyList<string> EtcdEndpoints { get; init; } = [];

    /// <summary>Where etcd holds config and leases.</summary>
    public string EtcdPrefix { get; init; } = "";

    /// <summary>Path of the TLS key for etcd; empty for none.</summary>
    public string EtcdKeyFile { get; init; } = "";

    /// <summary>Path of the TLS certificate for etcd; empty for none.</summary>
    public string EtcdCertFile { get; init; } = "";

    /// <summary>Path of the certificate authority of etcd's certificate; empty for the system's.</summary>
    public string EtcdCaFile { get; init; } = "";

    /// <summary>User of etcd; empty for none.</summary>
    public string EtcdUsername { get; init; } = "";

    /// <summary>That user's password. Never to be logged: log <see cref="Describe"/>.</summary>
    public string EtcdPassword { get; init; } = "";

    /// <summary>Names or addresses of the interface to other hosts, in the order to try.</summary>
    public IReadOnlyList<string> Iface { get; init; } = [];

    /// <summary>Regular expressions for it, to try after <see cref="Iface"/>.</summary>
    public IReadOnlyList<string> IfaceRegex { get; init; } = [];

    /// <summary>Address that the interface routes to, to try last; empty for none.</summary>
    public string IfaceCanReach { get; init; } = "";

    /// <summary>IPv4 address that other hosts reach this one at, not yet checked; empty for the interface's.</summary>
    public string PublicIP { get; init; } = "";

    /// <summary>IPv6 address that other hosts reach this one at, not yet checked; empty for the interface's.</summary>
    public string PublicIPv6 { get; init; } = "";

    /// <summary>Path of subnet.env.</summary>
    public string SubnetFile { get; init; } = "";

    /// <summary>Minutes before its expiry to renew the lease, 1 to 1439.</summary>
    public int SubnetLeaseRenewMargin { get; init; }

    /// <summary>Path of the admin socket as it was given; empty for <see cref="AdminSocketPath"/>'s choice.</summary>
    public string AdminSocket { get; init; } = "";

    /// <summary>What to do about a daemon that runs, not yet checked: auto, never or require.</summary>
    public string Takeover { get; init; } = "";

    /// <summary>Whether to masquerade traffic that leaves the overlay.</summary>
    public bool IpMasq { get; init; }

    /// <summary>Whether to masquerade without --random-fully.</summary>
    public bool IpMasqFullyRandomDisable { get; init; }

    /// <summary>Whether to accept the overlay's traffic in iptables FORWARD.</summary>
    public bool IptablesForwardRules { get; init; }

    /// <summary>Seconds between checks of the firewall rules, 1 to 86400.</summary>
    public int IptablesResync { get; init; }

    /// <summary>Whether to blackhole the node's own subnet.</summary>
    public bool IpBlackholeRoute { get; init; }

    /// <summary>Address that the health endpoints listen on.</summary>
    public string HealthzIP { get; init; } = "";

    /// <summary>TCP port that they listen on, up to 65535; 0 for no health endpoints.</summary>
    public int HealthzPort { get; init; }

    /// <summary>How much to log: 0 is normal, flannel uses up to 10.</summary>
    public int Verbosity { get; init; }

    /// <summary>Log levels of single files; empty for none.</summary>
    public string VModule { get; init; } = "";

    /// <summary>file:line to log a stack trace at; empty for none.</summary>
    public string LogBacktraceAt { get; init; } = "";

    /// <summary>Whether to take subnets from Kubernetes instead of etcd.</summary>
    public bool KubeSubnetMgr { get; init; }

    /// <summary>URL of the Kubernetes API; empty for the pod's.</summary>
    public string KubeApiUrl { get; init; } = "";

    /// <summary>Path of the kubeconfig file; empty for the pod's.</summary>
    public string KubeConfigFile { get; init; } = "";

    /// <summary>Prefix of node annotations.</summary>
    public string KubeAnnotationPrefix { get; init; } = "";

    /// <summary>Path of the network config file.</summary>
    public string NetConfigPath { get; init; } = "";

    /// <summary>Whether to set the node condition when ready.</summary>
    public bool SetNodeNetworkUnavailable { get; init; }

    /// <summary>Where the admin socket is: beside the subnet file unless told otherwise.</summary>
    public string AdminSocketPath => Path.GetFullPath(AdminSocket.Length > 0 ? AdminSocket : SubnetFile + ".sock");

    /// <summary>The flags that say where etcd is, checked.</summary>
    /// <exception cref="FatalException">One cannot be used.</exception>
    public EtcdSettings ToEtcd() => EtcdSettings.Parse(
        EtcdEndpoints, EtcdPrefix, new TlsFiles(EtcdCaFile, EtcdCertFile, EtcdKeyFile), EtcdUsername, EtcdPassword);

    /// <summary>The flags that say which interface leads to other hosts.</summary>
    public InterfaceOptions ToInterface() => new()
    {
        Interfaces = Iface,
        Patterns = IfaceRegex,
        CanReach = IfaceCanReach,
        PublicIP = PublicIP,
        PublicIPv6 = PublicIPv6,
    };

    /// <summary>All values on one line, for the log; the password as <c>***</c>.</summary>
    public string Describe() => string.Join(' ', Settings().Select(setting => $"{setting.Flag.Name}={Show(setting)}"));

    /// <summary>As <see cref="Describe"/>, but only what differs from the default; empty if nothing does.</summary>
    public string DescribeChanges() => string.Join(' ', Settings()
        .Zip(Default.Settings())
        .Where(pair => pair.First != pair.Second)
        .Select(pair => $"{pair.First.Flag.Name}={Show(pair.First)}"));

    /// <summary>The same as <see cref="Describe"/>: a record prints all of its fields, and one is a password.</summary>
    public override string ToString() => Describe();

    internal static DaemonOptions From(FlagValues values) => new()
    {
        EtcdEndpoints = values.Text(DaemonFlags.EtcdEndpoints).Split(','),
        EtcdPrefix = values.Text(DaemonFlags.EtcdPrefix),
        EtcdKeyFile = values.Text(DaemonFlags.EtcdKeyFile),
        EtcdCertFile = values.Text(DaemonFlags.EtcdCertFile),
        EtcdCaFile = values.Text(DaemonFlags.EtcdCaFile),
        EtcdUsername = values.Text(DaemonFlags.EtcdUsername),
        EtcdPassword = values.Text(DaemonFlags.EtcdPassword),
        Iface = values.List(DaemonFlags.Iface),
        IfaceRegex = values.List(DaemonFlags.IfaceRegex),
        IfaceCanReach = values.Text(DaemonFlags.IfaceCanReach),
        PublicIP = values.Text(DaemonFlags.PublicIP),
        PublicIPv6 = values.Text(DaemonFlags.PublicIPv6),
        SubnetFile = values.Text(DaemonFlags.SubnetFile),
        SubnetLeaseRenewMargin = values.Number(DaemonFlags.SubnetLeaseRenewMargin),
        AdminSocket = values.Text(DaemonFlags.AdminSocket),
        Takeover = values.Text(DaemonFlags.Takeover),
        IpMasq = values.IsOn(DaemonFlags.IpMasq),
        IpMasqFullyRandomDisable = values.IsOn(DaemonFlags.IpMasqFullyRandomDisable),
        IptablesForwardRules = values.IsOn(DaemonFlags.IptablesForwardRules),
        IptablesResync = values.Number(DaemonFlags.IptablesResync),
        IpBlackholeRoute = values.IsOn(DaemonFlags.IpBlackholeRoute),
        HealthzIP = values.Text(DaemonFlags.HealthzIP),
        HealthzPort = values.Number(DaemonFlags.HealthzPort),
        Verbosity = values.Number(DaemonFlags.Verbosity),
        VModule = values.Text(DaemonFlags.VModule),
        LogBacktraceAt = values.Text(DaemonFlags.LogBacktraceAt),
        KubeSubnetMgr = values.IsOn(DaemonFlags.KubeSubnetMgr),
        KubeApiUrl = values.Text(DaemonFlags.KubeApiUrl),
        KubeConfigFile = values.Text(DaemonFlags.KubeConfigFile),
        KubeAnnotationPrefix = values.Text(DaemonFlags.KubeAnnotationPrefix),
        NetConfigPath = values.Text(DaemonFlags.NetConfigPath),
        SetNodeNetworkUnavailable = values.IsOn(DaemonFlags.SetNodeNetworkUnavailable),
    };

    private IEnumerable<(Flag Flag, string Value)> Settings() =>
    [
        (DaemonFlags.EtcdEndpoints, string.Join(',', EtcdEndpoints.Select(WithoutUser))),
        (DaemonFlags.EtcdPrefix, EtcdPrefix),
        (DaemonFlags.EtcdKeyFile, EtcdKeyFile),
        (DaemonFlags.EtcdCertFile, EtcdCertFile),
        (DaemonFlags.EtcdCaFile, EtcdCaFile),
        (DaemonFlags.EtcdUsername, EtcdUsername),
        (DaemonFlags.EtcdPassword, EtcdPassword),
        (DaemonFlags.Iface, string.Join(',', Iface)),
        (DaemonFlags.IfaceRegex, string.Join(',', IfaceRegex)),
        (DaemonFlags.IfaceCanReach, IfaceCanReach),
        (DaemonFlags.PublicIP, PublicIP),
        (DaemonFlags.PublicIPv6, PublicIPv6),
        (DaemonFlags.SubnetFile, SubnetFile),
        (DaemonFlags.SubnetLeaseRenewMargin, SubnetLeaseRenewMargin.ToString(CultureInfo.InvariantCulture)),
        (DaemonFlags.AdminSocket, AdminSocket),
        (DaemonFlags.Takeover, Takeover),
        (DaemonFlags.IpMasq, IpMasq ? "true" : "false"),
        (DaemonFlags.IpMasqFullyRandomDisable, IpMasqFullyRandomDisable ? "true" : "false"),
        (DaemonFlags.IptablesForwardRules, IptablesForwardRules ? "true" : "false"),
        (DaemonFlags.IptablesResync, IptablesResync.ToString(CultureInfo.InvariantCulture)),
        (DaemonFlags.IpBlackholeRoute, IpBlackholeRoute ? "true" : "false"),
        (DaemonFlags.HealthzIP, HealthzIP),
        (DaemonFlags.HealthzPort, HealthzPort.ToString(CultureInfo.InvariantCulture)),
        (DaemonFlags.Verbosity, Verbosity.ToString(CultureInfo.InvariantCulture)),
        (DaemonFlags.VModule, VModule),
        (DaemonFlags.LogBacktraceAt, LogBacktraceAt),
        (DaemonFlags.KubeSubnetMgr, KubeSubnetMgr ? "true" : "false"),
        (DaemonFlags.KubeApiUrl, KubeApiUrl),
        (DaemonFlags.KubeConfigFile, KubeConfigFile),
        (DaemonFlags.KubeAnnotationPrefix, KubeAnnotationPrefix),
        (DaemonFlags.NetConfigPath, NetConfigPath),
        (DaemonFlags.SetNodeNetworkUnavailable, SetNodeNetworkUnavailable ? "true" : "false"),
    ];

    private static string Show((Flag Flag, string Value) setting)
    {
        if (setting.Flag.IsSecret && setting.Value.Length > 0)
            return "***";

        bool isWord = setting.Value.Length > 0 && !setting.Value.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));
        return isWord ? setting.Value : $"\"{setting.Value.ReplaceLineEndings(" ")}\"";
    }

    /// <summary>An endpoint can hold a password too: http://user:password@host.</summary>
    private static string WithoutUser(string endpoint)
    {
        int at = endpoint.LastIndexOf('@');
        int scheme = endpoint.IndexOf("://", StringComparison.Ordinal);
        return at < 0 ? endpoint : $"{(scheme < 0 ? "" : endpoint[..(scheme + 3)])}***{endpoint[at..]}";
    }
}
