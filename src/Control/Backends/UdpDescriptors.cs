using FastFlannel.Native;
using FastFlannel.Router;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// The device's queues and the sockets of the udp backend, one of each a worker: made, or adopted from an earlier run, and made
/// anew. Somebody may keep them, so that they outlive the daemon.
/// </summary>
/// <param name="deviceQueues">How many, and how flows are spread over them.</param>
/// <param name="port">The UDP port.</param>
/// <param name="kept">Is told of all of them.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Is told what happens.</param>
internal sealed class UdpDescriptors(
    DeviceQueues deviceQueues, ushort port, KeptDescriptors kept, TimeProvider time, ILogger logger) : IDisposable
{
    private const string DevicePattern = "flannel%d";
    private const int WantedSocketBuffer = 16 << 20;

    private static readonly TimeSpan ReleaseLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReleasePause = TimeSpan.FromMilliseconds(10);

    private UdpInheritance? _inheritance;

    /// <summary>The device's queues.</summary>
    public TunQueue[] Queues { get; private set; } = [];

    /// <summary>As many sockets.</summary>
    public UdpSocket[] Sockets { get; private set; } = [];

    /// <summary>The device.</summary>
    public string Device => Queues[0].Name;

    /// <summary>Where the sockets are bound to.</summary>
    public Ipv4Endpoint Local => Sockets[0].LocalEndpoint;

    /// <summary>Whether flows are kept on their queues: <c>on</c>, <c>one queue</c>, or why not.</summary>
    public string Steering => deviceQueues.State;

    /// <summary>What the kernel granted each socket in each direction, in bytes.</summary>
    public int SocketBuffer { get; private set; }

    /// <summary>
    /// Takes what another process may hold: the port and a device. What an earlier run held is adopted as a whole, with the packets
    /// that wait in it, or not at all.
    /// </summary>
    /// <param name="inherited">What an earlier run held.</param>
    /// <param name="address">Where to receive.</param>
    /// <returns>What the kernel tunnel's programs of the earlier run hang on, if its queues and sockets were adopted.</returns>
    /// <exception cref="FatalException">The port is in use, or there is no TUN.</exception>
    public IReadOnlyList<Descriptor> Claim(InheritedDescriptors inherited, Ipv4Address address)
    {
        _inheritance = new UdpInheritance(inherited, logger);
        bool isAdopted = _inheritance.TryAdopt(deviceQueues.Count, new Ipv4Endpoint(address, port));
        if (isAdopted)
        {
            (Sockets, Queues) = (_inheritance.Sockets, _inheritance.Queues);
            deviceQueues.Steer(Queues);
        }
        else
        {
            // Who held them may take a moment to close them.
            Sockets = ClaimPort(address, inherited.IsEmpty ? TimeSpan.Zero : ReleaseLimit);
            Queues = ClaimDevice();
        }

        SocketBuffer = Sockets.Min(socket => socket.SetBuffers(WantedSocketBuffer));
        if (SocketBuffer < WantedSocketBuffer)
            logger.SmallSocketBuffer(SocketBuffer, WantedSocketBuffer);

        KeepAll();
        return isAdopted ? _inheritance.Programs : [];
    }

    /// <summary>A device that an earlier run had for another subnet has its address and routes, which go with it.</summary>
    /// <exception cref="SysException">No device can be made.</exception>
    public void RenewOthersDevice(Ipv4Address own)
    {
        if (_inheritance is not { Queues.Length: > 0 } inheritance || inheritance.IsOf(own))
            return;

        inheritance.DiscardDevice($"{Device} has another subnet's address, expected {own}");
        Queues = deviceQueues.Create(DevicePattern);
        KeepAll();
    }

    /// <summary>Makes a device that is gone anew.</summary>
    /// <exception cref="SysException">It cannot be made.</exception>
    public void RemakeDevice(string name)
    {
        // Until there is one, a daemon that takes over finds none.
        kept.Keep(KeptDescriptors.Tun, []);
        DisposeAll(Queues);
        Queues = deviceQueues.Create(name);
        kept.Keep(KeptDescriptors.Tun, Queues);
    }

    /// <summary>Has the sockets be at another address: new ones take the place of each under its descriptor.</summary>
    /// <param name="address">The address.</param>
    /// <param name="offloads">What the sockets are set up for.</param>
    /// <exception cref="SysException">The address or its port cannot be had; all is as it was.</exception>
    public void MoveTo(Ipv4Address address, Offloads offloads)
    {
        UdpSocket[] successors = Bind(address);
        try
        {
            _ = successors.Min(socket => socket.SetBuffers(WantedSocketBuffer));
            _ = OffloadProbe.ApplyToSockets(successors, offloads, []);
            foreach ((UdpSocket socket, UdpSocket successor) in Sockets.Zip(successors))
                socket.Replace(successor);

            kept.Keep(KeptDescriptors.Udp, Sockets);
        }
        finally
        {
            DisposeAll(successors);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        DisposeAll(Queues);
        DisposeAll(Sockets);
        deviceQueues.Dispose();
    }

    private static void DisposeAll(IEnumerable<Descriptor> descriptors)
    {
        foreach (Descriptor descriptor in descriptors)
            descriptor.Dispose();
    }

    private void KeepAll()
    {
        kept.Keep(KeptDescriptors.Udp, Sockets);
        kept.Keep(KeptDescriptors.Tun, Queues);
    }

    private UdpSocket[] ClaimPort(Ipv4Address address, TimeSpan patience)
    {
        long began = time.GetTimestamp();
        while (true)
        {
            try
            {
                return Bind(address);
            }
            catch (SysException e) when (e.Errno == Errno.EADDRINUSE && time.GetElapsedTime(began) < patience)
            {
                Thread.Sleep(ReleasePause);
            }
            catch (SysException e)
            {
                throw new FatalException(
                    $"failed to start listening on UDP socket: {e.Message}; is another daemon running? (\"Port\" in the config's Backend chooses another)", e);
            }
        }
    }

    private TunQueue[] ClaimDevice()
    {
        try
        {
            return deviceQueues.Create(DevicePattern);
        }
        catch (SysException e)
        {
            string remedy = e.Errno switch
            {
                Errno.EACCES => "this user may not open /dev/net/tun: usually anybody may, chmod 666 makes it so again",
                Errno.ENOENT or Errno.ENODEV => "load the tun module (modprobe tun), or give the container --device /dev/net/tun",
                _ => "the udp backend needs the tun module and CAP_NET_ADMIN",
            };
            throw new FatalException($"{e.Message}; {remedy}", e);
        }
    }

    /// <summary>Sockets on one address and no other, so that the overlay cannot be reached through every interface.</summary>
    private UdpSocket[] Bind(Ipv4Address address)
    {
        UdpSocket[] sockets = UdpSocket.BindMany(new Ipv4Endpoint(address, port), deviceQueues.Count);
        foreach (UdpSocket socket in sockets)
            socket.RefuseFragmentation();

        return sockets;
    }
}
