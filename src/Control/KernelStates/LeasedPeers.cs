using System.Net;

namespace FastFlannel.Control;

/// <summary>The leases of the other hosts, told apart by backend.</summary>
/// <param name="Ours">Those of this host's backend.</param>
/// <param name="OthersSubnets">The subnets of all others.</param>
internal sealed record LeasedPeers(IReadOnlyList<Lease> Ours, IReadOnlySet<IPNetwork> OthersSubnets);
