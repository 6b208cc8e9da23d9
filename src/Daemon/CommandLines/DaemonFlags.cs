using static FastFlannel.Daemon.FlagKind;

namespace FastFlannel.Daemon;

/// <summary>Every flag of flanneld (main.go), with flannel's names, types and defaults.</summary>
internal static class DaemonFlags
{
    private const string NoKubernetes = "keep the network in etcd, and leave it out";
    private const string OneLogLevel = "use --v, which holds for all messages, and leave it out";

    public static readonly Flag EtcdEndpoints = new(
        "etcd-endpoints", Text, "http://127.0.0.1:4001,http://127.0.0.1:2379", "URLs of etcd, with commas between");

    public static readonly Flag EtcdPrefix = new(
        "etcd-prefix", Text, "/coreos.com/network", "where etcd holds config and leases");

    public static readonly Flag EtcdKeyFile = new(
        "etcd-keyfile", Text, "", "private key of --etcd-certfile, PEM");

    public static readonly Flag EtcdCertFile = new(
        "etcd-certfile", Text, "", "certificate to show etcd, PEM");

    public static readonly Flag EtcdCaFile = new(
        "etcd-cafile", Text, "", "who may have issued etcd's certificate, PEM");

    public static readonly Flag EtcdUsername = new(
        "etcd-username", Text, "", "user to log in to etcd as");

    public static readonly Flag EtcdPassword = new(
        "etcd-password", Text, "", "that user's password")
    { IsSecret = true };

    public static readonly Flag Iface = new(
        "iface", List, "", "interface to other hosts, name or IP; tried in order");

    public static readonly Flag IfaceRegex = new(
        "iface-regex", List, "", "regular expression for it, tried after --iface");

    public static readonly Flag IfaceCanReach = new(
        "iface-can-reach", Text, "", "take the interface that routes to this IP, tried last");

    public static readonly Flag PublicIP = new(
        "public-ip", Text, "", "IPv4 address that other hosts reach this one at");

    public static readonly Flag PublicIPv6 = new(
        "public-ipv6", Text, "", "IPv6 address that other hosts reach this one at");

    public static readonly Flag SubnetFile = new(
        "subnet-file", Text, "/run/flannel/subnet.env", "file to write subnet and MTU to");

    public static readonly Flag SubnetLeaseRenewMargin = new(
        "subnet-lease-renew-margin", Number, "60", "minutes before expiry to renew the lease, 1 to 1439");

    public static readonly Flag IpMasq = new(
        "ip-masq", Switch, "false", "masquerade traffic that leaves the overlay");

    public static readonly Flag IpMasqFullyRandomDisable = new(
        "ip-masq-fully-random-disable", Switch, "false", "masquerade without --random-fully");

    public static readonly Flag IptablesResync = new(
        "iptables-resync", Number, "5", "seconds between checks of the firewall rules, 1 to 86400");

    public static readonly Flag IptablesForwardRules = new(
        "iptables-forward-rules", Switch, "true", "accept the overlay's traffic in iptables FORWARD");

    public static readonly Flag IpBlackholeRoute = new(
        "ip-blackhole-route", Switch, "false", "blackhole route for the node's own subnet");

    public static readonly Flag HealthzIP = new(
        "healthz-ip", Text, "0.0.0.0", "IP that the health endpoints listen on");

    public static readonly Flag HealthzPort = new(
        "healthz-port", Number, "0", "port that they listen on, 0 for none");

    public static readonly Flag Version = new(
        "version", Switch, "false", "print the version and exit");

    public static readonly Flag Verbosity = new(
        "v", Number, "0", "how much to log; 0 is normal");

    public static readonly Flag VModule = new(
        "vmodule", Text, "", "log levels of single files")
    { Instead = OneLogLevel };

    public static readonly Flag LogBacktraceAt = new(
        "log_backtrace_at", Text, "", "log a stack trace at file:line")
    { Instead = OneLogLevel };

    public static readonly Flag KubeSubnetMgr = new(
        "kube-subnet-mgr", Switch, "false", "take subnets from Kubernetes instead of etcd")
    {
        Instead = "keep the network in etcd and leave it off",
    };

    public static readonly Flag KubeApiUrl = new(
        "kube-api-url", Text, "", "URL of the Kubernetes API")
    { Instead = NoKubernetes };

    public static readonly Flag KubeConfigFile = new(
        "kubeconfig-file", Text, "", "kubeconfig file")
    { Instead = NoKubernetes };

    public static readonly Flag KubeAnnotationPrefix = new(
        "kube-annotation-prefix", Text, "flannel.alpha.coreos.com", "prefix of node annotations")
    { Instead = NoKubernetes };

    public static readonly Flag NetConfigPath = new(
        "net-config-path", Text, "/etc/kube-flannel/net-conf.json", "network config file")
    {
        Instead = "keep the network config in etcd, at config below --etcd-prefix, and leave it out",
    };

    public static readonly Flag SetNodeNetworkUnavailable = new(
        "set-node-network-unavailable", Switch, "true", "set the node condition when ready")
    { Instead = NoKubernetes };

    /// <summary>Those that say where etcd is and how to get in.</summary>
    public static readonly IReadOnlyList<Flag> Etcd =
        [EtcdEndpoints, EtcdPrefix, EtcdKeyFile, EtcdCertFile, EtcdCaFile, EtcdUsername, EtcdPassword];

    /// <summary>All of them, in the order of the usage text.</summary>
    public static readonly IReadOnlyList<FlagGroup> Groups =
    [
        new("etcd", Etcd),
        new("interface", [Iface, IfaceRegex, IfaceCanReach, PublicIP, PublicIPv6]),
        new("files and lease", [SubnetFile, SubnetLeaseRenewMargin]),
        new("firewall", [IpMasq, IpMasqFullyRandomDisable, IptablesForwardRules, IptablesResync, IpBlackholeRoute]),
        new("health", [HealthzIP, HealthzPort]),
        new("logging and version", [Verbosity, VModule, LogBacktraceAt, Version]),
        new("kubernetes", [
            KubeSubnetMgr, KubeApiUrl, KubeConfigFile, KubeAnnotationPrefix, NetConfigPath, SetNodeNetworkUnavailable]),
    ];

    /// <summary>All of them.</summary>
    public static IEnumerable<Flag> All => Groups.SelectMany(group => group.Flags);

    /// <summary>The flag of a name, or null.</summary>
    public static Flag? Find(string name) => All.FirstOrDefault(flag => flag.Name == name);
}
