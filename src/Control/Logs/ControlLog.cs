using System.Net;
using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>Everything the control plane logs. Event ids are stable: 100 etcd, 200 leases, 300 peers, 400 backends, 500 node, 600 firewall.</summary>
internal static partial class ControlLog
{
    [LoggerMessage(100, LogLevel.Warning, "Waiting to {What}: {Cause}")]
    public static partial void Waiting(this ILogger logger, string what, string cause);

    [LoggerMessage(101, LogLevel.Information, "The wait to {What} is over")]
    public static partial void WaitOver(this ILogger logger, string what);

    [LoggerMessage(102, LogLevel.Warning, "Lost sight of the leases, listing them again: {Cause}")]
    public static partial void WatchBroke(this ILogger logger, string cause);

    [LoggerMessage(103, LogLevel.Information, "Using etcd at {Endpoint}")]
    public static partial void EtcdInUse(this ILogger logger, string endpoint);

    [LoggerMessage(200, LogLevel.Information, "Acquired the lease of {Subnet} for {PublicIP} ({Reason})")]
    public static partial void LeaseAcquired(this ILogger logger, Subnet subnet, Ipv4Address publicIP, string reason);

    [LoggerMessage(201, LogLevel.Information, "Another host was faster (try {Try}), choosing again from a fresh list")]
    public static partial void LeaseConflict(this ILogger logger, int @try);

    [LoggerMessage(202, LogLevel.Warning, "Deleting this host's lease of {Subnet}: it does not fit the network {Network} and its subnet range")]
    public static partial void DeletingUnfitLease(this ILogger logger, Subnet subnet, Ipv4Prefix network);

    [LoggerMessage(203, LogLevel.Warning, "Not taking the previous subnet again: {Reason}")]
    public static partial void PreviousSubnetRefused(this ILogger logger, string reason);

    [LoggerMessage(204, LogLevel.Information, "Renewed the lease of {Subnet}")]
    public static partial void LeaseRenewed(this ILogger logger, Subnet subnet);

    [LoggerMessage(205, LogLevel.Warning, "Could not renew the lease of {Subnet}, trying on: {Cause}")]
    public static partial void RenewalFailed(this ILogger logger, Subnet subnet, string cause);

    [LoggerMessage(206, LogLevel.Warning, "Skipping a lease that cannot be used: {Problem}")]
    public static partial void LeaseSkipped(this ILogger logger, string problem);

    [LoggerMessage(207, LogLevel.Warning, "The lease of {Subnet} was gone from etcd, or could not be read, and is put back")]
    public static partial void LeasePutBack(this ILogger logger, Subnet subnet);

    [LoggerMessage(208, LogLevel.Warning, "etcd's history went back from revision {Last} to {Revision}: keeping the known peers for {Seconds} s while hosts put their leases back")]
    public static partial void HistoryLost(this ILogger logger, long last, long revision, double seconds);

    [LoggerMessage(209, LogLevel.Warning, "The public IP {PublicIP} of this host, {Self}, is marked as that of {Owner}: waiting up to {Seconds} s for the mark to expire or its owner to show life")]
    public static partial void PublicIPMarked(this ILogger logger, Ipv4Address publicIP, string self, string owner, double seconds);

    [LoggerMessage(210, LogLevel.Warning, "etcd does not allow the key {Key}: another live host with this host's public IP will not be noticed ({Cause})")]
    public static partial void OwnerMarkForbidden(this ILogger logger, string key, string cause);

    [LoggerMessage(420, LogLevel.Warning, "The lease of {Subnet} had other attributes than this host's and is written again: {Found}")]
    public static partial void LeaseCorrected(this ILogger logger, Subnet subnet, string found);

    [LoggerMessage(300, LogLevel.Information, "Peer added: {Subnet} at {PublicIP}")]
    public static partial void PeerAdded(this ILogger logger, Subnet subnet, Ipv4Address publicIP);

    [LoggerMessage(301, LogLevel.Information, "Peer changed: {Subnet} from {Old} to {New}")]
    public static partial void PeerChanged(this ILogger logger, Subnet subnet, string old, string @new);

    [LoggerMessage(302, LogLevel.Information, "Peer removed: {Subnet} at {PublicIP}")]
    public static partial void PeerRemoved(this ILogger logger, Subnet subnet, Ipv4Address publicIP);

    [LoggerMessage(303, LogLevel.Warning, "Skipping the peer {PublicIP} with {Subnet}: its backend is '{Type}', this host's is '{Own}'")]
    public static partial void PeerOfOtherBackend(this ILogger logger, Ipv4Address publicIP, Subnet subnet, string type, string own);

    [LoggerMessage(304, LogLevel.Information, "... and {Count} more changes of peers")]
    public static partial void MorePeers(this ILogger logger, int count);

    [LoggerMessage(400, LogLevel.Information, "udp backend: {Device} ({Address}/32, mtu {Mtu}) to UDP {Endpoint}")]
    public static partial void UdpBackendUp(this ILogger logger, string device, Ipv4Address address, int mtu, Ipv4Endpoint endpoint);

    [LoggerMessage(401, LogLevel.Warning, "The kernel granted {Granted} bytes of socket buffer of {Wanted}; bursts may be lost (CAP_NET_ADMIN lifts the limit of net.core.rmem_max and wmem_max)")]
    public static partial void SmallSocketBuffer(this ILogger logger, int granted, int wanted);

    [LoggerMessage(402, LogLevel.Warning, "A route to {Network} exists already on another link; overlay packets may follow it and not {Device}. See: ip route show {Network}")]
    public static partial void NetworkRouteExists(this ILogger logger, Ipv4Prefix network, string device);

    [LoggerMessage(403, LogLevel.Warning, "The device {Device} was deleted, making it again")]
    public static partial void DeviceDeleted(this ILogger logger, string device);

    [LoggerMessage(404, LogLevel.Warning, "Could not make {Device} again, trying on: {Cause}")]
    public static partial void DeviceNotRemade(this ILogger logger, string device, string cause);

    [LoggerMessage(405, LogLevel.Warning, "Cannot write 1 to {Path}: {Cause}. The kernel will drop the router's ICMP errors to this host's containers")]
    public static partial void IcmpErrorsLost(this ILogger logger, string path, string cause);

    [LoggerMessage(406, LogLevel.Warning, "This kernel lacks the offload {Offload} ({Cause}); going on without it")]
    public static partial void OffloadMissing(this ILogger logger, string offload, string cause);

    [LoggerMessage(407, LogLevel.Warning, "The kernel refused the offload {Offload} for {Peer} ({Cause}); going on without it there")]
    public static partial void OffloadSteppedDown(this ILogger logger, string offload, string peer, string cause);

    [LoggerMessage(408, LogLevel.Information, "The device has one queue: {Cause}. With several, flows could be reordered; CAP_BPF and a kernel from 4.16 on are needed")]
    public static partial void OneQueueOnly(this ILogger logger, string cause);

    [LoggerMessage(409, LogLevel.Warning, "Nothing keeps flows on one of the {Count} queues: {Cause}. UDP flows may be reordered when their answers begin; CAP_BPF helps, or 1 for Queues in the config's Backend")]
    public static partial void FlowsNotSteered(this ILogger logger, int count, string cause);

    [LoggerMessage(410, LogLevel.Information, "The lease of {Subnet} is a reservation by now: it never expires and is not renewed")]
    public static partial void LeaseReserved(this ILogger logger, Subnet subnet);

    [LoggerMessage(411, LogLevel.Information, "The reservation of {Subnet} was released: it is an ordinary lease by now and is renewed")]
    public static partial void ReservationReleased(this ILogger logger, Subnet subnet);

    [LoggerMessage(460, LogLevel.Warning, "Cannot write {Value} to {Path}: {Cause}; {Consequence}")]
    public static partial void Ipv6SettingNotWritten(this ILogger logger, string value, string path, string cause, string consequence);

    [LoggerMessage(461, LogLevel.Warning, "A route to {Network} exists already on another link; overlay packets may follow it and not {Device}. See: ip -6 route show {Network}")]
    public static partial void Ipv6NetworkRouteExists(this ILogger logger, Ipv6Prefix network, string device);

    [LoggerMessage(462, LogLevel.Information, "udp backend: {Device} carries IPv6 too ({Address}/128), over IPv4 like all else")]
    public static partial void Ipv6Up(this ILogger logger, string device, Ipv6Address address);

    [LoggerMessage(463, LogLevel.Warning, "Sending no IPv6 to the peer {PublicIP} with {Subnet}: its lease does not say that it takes it, as flanneld's never does")]
    public static partial void PeerWithoutIpv6(this ILogger logger, Ipv4Address publicIP, Subnet subnet);

    [LoggerMessage(480, LogLevel.Information, "No way through the kernel for the udp backend ({Cause}); every packet goes through the router")]
    public static partial void KernelTunnelMissing(this ILogger logger, string cause);

    [LoggerMessage(500, LogLevel.Information, "Using interface {Interface}")]
    public static partial void InterfaceChosen(this ILogger logger, ExternalInterface @interface);

    [LoggerMessage(501, LogLevel.Information, "Network config: {Network} in subnets of /{SubnetLen}, backend {Backend}")]
    public static partial void ConfigRead(this ILogger logger, Ipv4Prefix network, int subnetLen, string backend);

    [LoggerMessage(502, LogLevel.Information, "Ready: wrote {Path}")]
    public static partial void Ready(this ILogger logger, string path);

    [LoggerMessage(503, LogLevel.Warning, "{Path}: {Warning}")]
    public static partial void SubnetFileWarning(this ILogger logger, string path, string warning);

    [LoggerMessage(600, LogLevel.Information, "Firewall rules are in force by {Mode} (masquerading: {Masquerade}, accepting forwarded traffic: {Forward})")]
    public static partial void FirewallUp(this ILogger logger, string mode, string masquerade, string forward);

    [LoggerMessage(601, LogLevel.Warning, "Put back {Subject} that somebody else had changed ({Count} times since this was last said)")]
    public static partial void RulesPutBack(this ILogger logger, string subject, long count);

    [LoggerMessage(602, LogLevel.Warning, "Something else stops forwarded packets of {Network}: {Stop}")]
    public static partial void ForwardStopped(this ILogger logger, IPNetwork network, string stop);

    [LoggerMessage(603, LogLevel.Warning, "What {Bridge} passes between containers of this host goes by iptables, as br_netfilter is not loaded: services of kube-proxy are not reached from their own host (modprobe br_netfilter)")]
    public static partial void BridgeNotFiltered(this ILogger logger, string bridge);

    [LoggerMessage(605, LogLevel.Warning, "Containers behind {Link} reach no other host: {Setting} is 0 ({Remedy}, and a line in /etc/sysctl.d to keep it)")]
    public static partial void NotForwarding(this ILogger logger, string link, string setting, string remedy);

    [LoggerMessage(604, LogLevel.Warning, "Rules of the firewall mode that is not in use ({Mode} is) stay in force: {Cause}")]
    public static partial void OtherModeNotLeft(this ILogger logger, string mode, string cause);

    [LoggerMessage(520, LogLevel.Warning, "Not in force, trying on: {Subject} ({Cause})")]
    public static partial void NotInForce(this ILogger logger, string subject, string cause);

    [LoggerMessage(521, LogLevel.Information, "The trouble with {Subject} is over")]
    public static partial void TroubleOver(this ILogger logger, string subject);

    [LoggerMessage(522, LogLevel.Information, "... and {Count} more troubles that began or ended")]
    public static partial void MoreTroubles(this ILogger logger, int count);

    [LoggerMessage(523, LogLevel.Warning, "Put back {Count} kernel entries that somebody had changed or deleted, for example {Entry}")]
    public static partial void EntriesPutBack(this ILogger logger, long count, KernelEntry entry);

    [LoggerMessage(524, LogLevel.Information, "Removed {Count} kernel entries that lead to no peer, for example {Entry}")]
    public static partial void EntriesRemoved(this ILogger logger, int count, KernelEntry entry);

    [LoggerMessage(525, LogLevel.Warning, "The device {Device} cannot be used as it is and is made anew: {Reason}")]
    public static partial void DeviceUnfit(this ILogger logger, string device, string reason);

    [LoggerMessage(526, LogLevel.Warning, "The device {Device} was gone and has been made again")]
    public static partial void DeviceMadeAgain(this ILogger logger, string device);

    [LoggerMessage(527, LogLevel.Information, "Changed the device {Device}: {Change}")]
    public static partial void DeviceChanged(this ILogger logger, string device, LinkChange change);

    [LoggerMessage(528, LogLevel.Information, "vxlan backend: {Device} (VNI {Vni}, {Mac}) from {Local}, UDP port {Port}")]
    public static partial void VxlanUp(this ILogger logger, string device, int vni, MacAddress mac, IPAddress local, ushort port);

    [LoggerMessage(529, LogLevel.Information, "host-gw backend: routes over {Interface}, own {Subnet}")]
    public static partial void HostGatewayUp(this ILogger logger, string @interface, Subnet subnet);

    [LoggerMessage(550, LogLevel.Warning, "The device {Device} had been renamed to {Other}, and has its name again")]
    public static partial void DeviceNamedBack(this ILogger logger, string device, string other);

    [LoggerMessage(440, LogLevel.Warning, "The way to peers has changed from {Old} to {New}; the subnet stays")]
    public static partial void ExternalMoved(this ILogger logger, ExternalInterface old, ExternalInterface @new);

    [LoggerMessage(441, LogLevel.Error, "Peers cannot be reached: {Trouble}. Going on as soon as there is an address to use")]
    public static partial void ExternalLost(this ILogger logger, string trouble);

    [LoggerMessage(442, LogLevel.Information, "Peers can be reached again, through {Interface}")]
    public static partial void ExternalBack(this ILogger logger, ExternalInterface @interface);

    [LoggerMessage(443, LogLevel.Debug, "Could not read the host's interfaces, trying again: {Cause}")]
    public static partial void InterfacesNotRead(this ILogger logger, string cause);

    [LoggerMessage(444, LogLevel.Information, "Peers are told of the new address: the lease of {Subnet} was {Old} and is {New}")]
    public static partial void AddressAnnounced(this ILogger logger, Subnet subnet, string old, string @new);

    [LoggerMessage(660, LogLevel.Information, "Carrying on with the device {Device} and the UDP port at {Endpoint} of an earlier run")]
    public static partial void DescriptorsAdopted(this ILogger logger, string device, Ipv4Endpoint endpoint);

    [LoggerMessage(661, LogLevel.Warning, "The device and sockets of an earlier run cannot be used and are made anew, packets are lost: {Reason}")]
    public static partial void DescriptorsRefused(this ILogger logger, string reason);

    [LoggerMessage(662, LogLevel.Information, "Another daemon takes over, standing by")]
    public static partial void StandingBy(this ILogger logger);

    [LoggerMessage(663, LogLevel.Information, "Another daemon has taken over")]
    public static partial void HandedOver(this ILogger logger);

    [LoggerMessage(664, LogLevel.Warning, "The other daemon has not taken over, going on")]
    public static partial void NotHandedOver(this ILogger logger);

    [LoggerMessage(690, LogLevel.Warning, "Dropped {Count} packets {What}: {Sources}; {Remedy} (in the Backend config, docs/adr/0019-peers-only.md)")]
    public static partial void PacketsRefused(this ILogger logger, long count, string what, string sources, string remedy);
}
