namespace FastFlannel.Control;

/// <summary>What the command line says about this host.</summary>
/// <param name="Etcd">Where etcd is.</param>
/// <param name="Interface">Which interface leads to the peers.</param>
/// <param name="SubnetFile">The path of subnet.env.</param>
/// <param name="RenewMargin">How long before its end the lease is renewed.</param>
/// <param name="Firewall">Which firewall rules are kept.</param>
public sealed record NodeOptions(
    EtcdSettings Etcd, InterfaceOptions Interface, string SubnetFile, TimeSpan RenewMargin, FirewallOptions Firewall);
