using System.Diagnostics;
using System.Text.Json;
using FastFlannel.Control;
using FastFlannel.Router;

namespace FastFlannel.Daemon;

/// <summary>What <c>/metrics</c> says of a node: names and units as Prometheus recommends, and a help text that says what to do.</summary>
internal static class NodeMetrics
{
    /// <summary>Writes all that is known at this moment; what is not yet is left out.</summary>
    /// <param name="node">The node.</param>
    /// <param name="isReady">Whether <c>/readyz</c> says 200.</param>
    /// <param name="version">The daemon's.</param>
    public static string Write(NodeStatus node, bool isReady, string version)
    {
        var text = new Exposition();
        text.Gauge("fastflannel_build_info", "Always 1; the label says which release runs.", new Sample(1, ("version", version)));
        text.Gauge(
            "fastflannel_ready",
            "Whether packets can flow: 1 when /readyz says 200. At 0, /readyz says why.",
            Sample.Of(isReady));
        AddLease(text, node);
        AddEtcd(text, node);
        if (node.Firewall is { } firewall)
            AddFirewall(text, firewall);

        if (node.Backend is { } backend)
            AddBackend(text, backend);

        AddMemory(text);
        AddProcess(text);
        return text.ToString();
    }

    private static void AddLease(Exposition text, NodeStatus node)
    {
        if (node.Lease is { } lease)
        {
            text.Gauge(
                "fastflannel_lease_info",
                "Always 1; the labels say which subnet this host leases and where peers send packets for it.",
                new Sample(1, ("subnet", lease.Subnet.ToString()), ("public_ip", lease.PublicIP.ToString())));
            text.Gauge(
                "fastflannel_lease_reserved",
                "Whether the lease is a reservation (1), which never expires and is not renewed.",
                Sample.Of(lease.IsReservation));
            text.Gauge(
                "fastflannel_lease_remaining_seconds",
                "Time until the lease ends unless it is renewed, which begins --subnet-lease-renew-margin before. Alert when it is "
                + "below half of that margin: at 0 peers drop this host and another one may get the subnet. Absent for a reservation.",
                lease.Left is { } left ? [new Sample(left.TotalSeconds)] : []);
        }

        text.Counter(
            "fastflannel_lease_renewals_total",
            "Renewals of the lease by their result. Failed ones are tried again until the lease ends; the log says why they fail.",
            new Sample(node.Renewals, ("result", "ok")),
            new Sample(node.FailedRenewals, ("result", "failed")));
        text.Counter(
            "fastflannel_address_changes_total",
            "How often the address that leads to peers changed while the daemon ran; the lease follows and the subnet stays.",
            new Sample(node.Moves));
    }

    private static void AddEtcd(Exposition text, NodeStatus node)
    {
        if (node.Etcd is not { } etcd)
            return;

        text.Gauge(
            "fastflannel_etcd_connected",
            "Whether an etcd endpoint is in use (1), and which. At 0 packets flow on with the peers last known, until leases end.",
            etcd.Endpoint is { } endpoint ? Sample.Of(true, ("endpoint", endpoint.GetLeftPart(UriPartial.Authority))) : Sample.Of(false));
        text.Counter(
            "fastflannel_etcd_connections_total",
            "How often an etcd endpoint was chosen: once at start, and again whenever the one in use had failed.",
            new Sample(etcd.Connections));
        text.Counter(
            "fastflannel_etcd_request_failures_total",
            "Requests to etcd that failed or were not answered in time. Each is made again; a steady rate means an etcd in trouble.",
            new Sample(etcd.FailedRequests));
        text.Counter(
            "fastflannel_etcd_watch_restarts_total",
            "How often the watch of the leases broke, so that all of them were listed again.",
            new Sample(node.WatchRestarts));
    }

    private static void AddBackend(Exposition text, BackendStatus backend)
    {
        text.Gauge("fastflannel_peers", "Peers whose subnets packets are sent to now.", new Sample(backend.Peers));
        text.Counter(
            "fastflannel_kernel_repairs_total",
            "Devices and entries in the kernel that were put back because somebody else had changed or deleted them. A steady rate "
            + "means that another program works against this one.",
            new Sample(backend.Kernel.Repairs));
        text.Gauge(
            "fastflannel_kernel_troubles",
            "Devices and peers that are not in force in the kernel and are tried again; /status names them and says why.",
            new Sample(backend.Kernel.Troubles.Count));
        if (backend is UdpBackendStatus udp)
            AddRouter(text, udp);
    }

    private static void AddFirewall(Exposition text, FirewallStatus firewall)
    {
        text.Counter(
            "fastflannel_firewall_repairs_total",
            "Times that firewall rules were put back. Steady growth means that another program works against this one.",
            new Sample(firewall.Repairs));
        text.Gauge(
            "fastflannel_firewall_troubles",
            "Tables of the firewall that are not in force and are tried again; /status names them and says why.",
            new Sample(firewall.Troubles.Count));
    }

    private static void AddRouter(Exposition text, UdpBackendStatus backend)
    {
        (string Direction, CounterSnapshot Counters)[] ways = [("outbound", backend.Outbound), ("inbound", backend.Inbound)];
        AddWays(
            "fastflannel_router_packets_total",
            "Overlay packets carried: outbound from this host's containers to peers, inbound from peers.",
            counters => counters.Packets);
        AddWays(
            "fastflannel_router_bytes_total",
            "Bytes of these packets, with their own IP headers and without those of the overlay.",
            counters => counters.Bytes);
        AddWays(
            "fastflannel_router_fragmented_packets_total",
            "Packets sent in fragments because the path to the peer is narrower than the overlay. More than a few: lower the MTU.",
            counters => counters.Fragmented);
        AddWays(
            "fastflannel_router_icmp_errors_total",
            "ICMP errors sent to the sources of packets that could not be carried.",
            counters => counters.IcmpErrors);
        AddWays(
            "fastflannel_router_receive_errors_total",
            "Reads of the TUN device or the socket that failed for no packet's sake.",
            counters => counters.ReceiveErrors);
        text.Counter(
            "fastflannel_router_dropped_packets_total",
            "Packets not carried, by reason: no_route means that no peer leases the destination, send_failed that the kernel has no "
            + "way to the peer, unknown_peer, wrong_port and not_for_here that somebody sends what no peer would; /status says who.",
            [.. ways.SelectMany(way => way.Counters.Drops.OrderBy(drop => drop.Key).Select(drop => new Sample(
                drop.Value,
                ("direction", way.Direction),
                ("reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(drop.Key.ToString())))))]);
        text.Gauge(
            "fastflannel_offload_active",
            "Whether an offload is in force (1) rather than off by the config, missing in the kernel or refused by it (0); /status "
            + "says why.",
            [.. backend.Offloads.Select(offload => Sample.Of(
                offload.Value.StartsWith("on", StringComparison.Ordinal),
                ("offload", JsonNamingPolicy.SnakeCaseLower.ConvertName(offload.Key))))]);
        text.Counter(
            "fastflannel_offload_step_downs_total",
            "How often the kernel refused an offload while it was in use, so that it was given up, for one peer or for all.",
            new Sample(backend.StepDowns));
        text.Counter(
            "fastflannel_router_allocated_bytes_total",
            "Managed memory that the packet loops have allocated. It does not grow with packets; if it does, report it.",
            new Sample(backend.AllocatedBytes));
        AddKernelTunnel(text, backend);

        void AddWays(string name, string help, Func<CounterSnapshot, long> value) => text.Counter(
            name, help, [.. ways.Select(way => new Sample(value(way.Counters), ("direction", way.Direction)))]);
    }

    private static void AddKernelTunnel(Exposition text, UdpBackendStatus backend)
    {
        text.Gauge(
            "fastflannel_kernel_tunnel_peers",
            "Peers that packets are sent to inside of the kernel, of all in fastflannel_peers; UDP goes through the router even so.",
            new Sample(backend.KernelPeers));
        text.Counter(
            "fastflannel_kernel_tunnel_packets_total",
            "Overlay packets carried inside of the kernel, besides those in fastflannel_router_packets_total.",
            new Sample(backend.KernelTunnel.PacketsOut, ("direction", "outbound")),
            new Sample(backend.KernelTunnel.PacketsIn, ("direction", "inbound")));
        text.Counter(
            "fastflannel_kernel_tunnel_bytes_total",
            "Bytes of these packets, with their own IP headers; those of a TCP super-packet are counted once.",
            new Sample(backend.KernelTunnel.BytesOut, ("direction", "outbound")),
            new Sample(backend.KernelTunnel.BytesIn, ("direction", "inbound")));
    }

    // Of Prometheus' own names for any process ("Writing client libraries"), those that dashboards ask for.
    private static void AddProcess(Exposition text)
    {
        using var process = Process.GetCurrentProcess();
        text.Gauge(
            "process_start_time_seconds",
            "When the daemon was started, in seconds since 1970. Another value means that it was started again, or taken over from.",
            new Sample((process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds));
        text.Counter(
            "process_cpu_seconds_total",
            "Processor time of the daemon, user and system. What the kernel does for packets outside of it is not in it.",
            new Sample(process.TotalProcessorTime.TotalSeconds));
        text.Gauge("process_resident_memory_bytes", "Memory of the daemon that is resident.", new Sample(process.WorkingSet64));
    }

    private static void AddMemory(Exposition text)
    {
        text.Counter(
            "fastflannel_gc_collections_total",
            "Garbage collections of the whole daemon. Packets cause none.",
            new Sample(GC.CollectionCount(0)));
        text.Counter(
            "fastflannel_gc_allocated_bytes_total",
            "Managed memory that the whole daemon has allocated.",
            new Sample(GC.GetTotalAllocatedBytes()));
    }
}
