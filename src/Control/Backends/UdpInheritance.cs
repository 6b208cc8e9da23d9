using System.Net.Sockets;
using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// Queues and sockets of an earlier run, with the packets that wait in them. They are adopted together or not at all: a device that is
/// made anew has lost its packets, and is to be gone first.
/// </summary>
internal sealed class UdpInheritance(InheritedDescriptors inherited, ILogger logger)
{
    private static readonly TimeSpan GoneLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan GonePause = TimeSpan.FromMilliseconds(5);

    private string? _device;

    /// <summary>The queues, all of one device; empty when they were not adopted.</summary>
    public TunQueue[] Queues { get; private set; } = [];

    /// <summary>The sockets, as many as queues.</summary>
    public UdpSocket[] Sockets { get; private set; } = [];

    /// <summary>What the programs of the earlier run hang on, if it had any and its device was adopted.</summary>
    public IReadOnlyList<PassedDescriptor> Programs { get; private set; } = [];

    /// <summary>Adopts what fits; what does not is gone afterwards.</summary>
    /// <param name="count">How many queues there shall be.</param>
    /// <param name="local">Where sockets shall be bound to.</param>
    /// <returns>Whether there are queues and sockets now.</returns>
    public bool TryAdopt(int count, Ipv4Endpoint local)
    {
        if (inherited.IsEmpty)
            return false;

        Queues = [.. inherited.Of(KeptDescriptors.Tun).Select(TunQueue.Adopt).OfType<TunQueue>()];
        Sockets = [.. inherited.Of(KeptDescriptors.Udp).Select(passed => UdpSocket.Adopt(passed, local)).OfType<UdpSocket>()];
        _device = Queues.FirstOrDefault()?.Name;
        if (Queues.Length == count && Sockets.Length == count && Queues.All(queue => queue.Name == _device))
        {
            Programs = inherited.Take(KeptDescriptors.Bpf);
            logger.DescriptorsAdopted(_device!, local);
            return true;
        }

        DisposeAll(Sockets);
        DiscardDevice($"{Queues.Length} queues and {Sockets.Length} sockets at {local} fit, expected {count} of each");
        return false;
    }

    /// <summary>Whether the device is the subnet's, or nobody's yet, by its IPv4 addresses.</summary>
    public bool IsOf(Ipv4Address own)
    {
        using var netlink = RouteNetlink.Open();
        if (netlink.FindLink(_device!) is not { } link)
            return false;

        IReadOnlyList<AddressInfo> addresses = netlink.ListAddresses(AddressFamily.InterNetwork, link.Index);
        return addresses.Count == 0 || addresses.Any(address => address.Address.Equals(own.ToIPAddress()));
    }

    /// <summary>
    /// Closes queues and programs, here and wherever they are held, and waits until the device is gone. Sockets stay.
    /// </summary>
    /// <param name="reason">Why it cannot be used.</param>
    public void DiscardDevice(string reason)
    {
        logger.DescriptorsRefused(reason);
        DisposeAll(Queues);
        DisposeAll(Programs);
        Queues = [];
        inherited.Discard();
        using var netlink = RouteNetlink.Open();
        long began = TimeProvider.System.GetTimestamp();
        while (_device is { } name && netlink.FindLink(name) is not null && TimeProvider.System.GetElapsedTime(began) < GoneLimit)
            Thread.Sleep(GonePause);
    }

    private static void DisposeAll(IEnumerable<Descriptor> descriptors)
    {
        foreach (Descriptor descriptor in descriptors)
            descriptor.Dispose();
    }
}
