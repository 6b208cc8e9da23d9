using System.Globalization;

namespace FastFlannel.Lab;

/// <summary>A host: a namespace on the underlay that forwards, with daemons and containers.</summary>
public sealed class LabHost : IAsyncDisposable
{
    private readonly string _lab;
    private readonly List<FlannelDaemon> _daemons = [];
    private readonly List<Container> _containers = [];

    private LabHost(string lab, int number, UnderlayLink link, Namespace @namespace, string directory)
    {
        (_lab, Number, Link, Namespace, Directory) = (lab, number, link, @namespace, directory);
        Name = NameOf(number);
    }

    /// <summary>1 for the first.</summary>
    public int Number { get; }

    /// <summary>For example <c>h1</c>.</summary>
    public string Name { get; }

    /// <summary>The part of the underlay that it is on.</summary>
    public UnderlayLink Link { get; }

    /// <summary>Its namespace.</summary>
    public Namespace Namespace { get; }

    /// <summary>Its files: logs and subnet files.</summary>
    public string Directory { get; }

    /// <summary>Its address on the underlay.</summary>
    public string Address => Link.AddressOf(Number);

    /// <summary>Its IPv6 address on an underlay that has both families.</summary>
    public string Ipv6Address => Link.Ipv6AddressOf(Number);

    /// <summary>Its daemons, in the order they were added.</summary>
    public IReadOnlyList<FlannelDaemon> Daemons => _daemons;

    /// <summary>Its containers, in the order they were added.</summary>
    public IReadOnlyList<Container> Containers => _containers;

    /// <summary>Makes a host and joins it to the underlay.</summary>
    /// <param name="lab">The lab's name.</param>
    /// <param name="number">1 for the first.</param>
    /// <param name="underlay">What to join.</param>
    /// <param name="labDirectory">The lab's directory; the host gets one inside.</param>
    /// <param name="cancellation">Gives up early.</param>
    public static async Task<LabHost> CreateAsync(
        string lab, int number, Underlay underlay, string labDirectory, CancellationToken cancellation)
    {
        Namespace made = await Namespace.CreateAsync($"{lab}-{NameOf(number)}", cancellation);
        UnderlayLink link = await underlay.AttachAsync(made, number, cancellation);
        string directory = Path.Combine(labDirectory, NameOf(number));
        _ = System.IO.Directory.CreateDirectory(directory);
        return new LabHost(lab, number, link, made, directory);
    }

    /// <summary>Adds a daemon, which is started with <see cref="FlannelDaemon.StartAsync"/>.</summary>
    /// <param name="options">How it is started.</param>
    public FlannelDaemon AddDaemon(DaemonOptions options)
    {
        var daemon = new FlannelDaemon(this, _daemons.Count, options);
        _daemons.Add(daemon);
        return daemon;
    }

    /// <summary>Adds a container, laid out as a daemon's subnet.env says.</summary>
    /// <param name="env">What the daemon wrote.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <param name="isRouted">Whether the host routes to it, and has no bridge for it.</param>
    public async Task<Container> AddContainerAsync(SubnetEnv env, CancellationToken cancellation, bool isRouted = false)
    {
        string suffix = _containers.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $".{_containers.Count}");
        Container container = await Container.CreateAsync(
            $"{_lab}-c{Number}{suffix}", $"c{Number}{suffix}", this, $"cbr{_containers.Count}", isRouted, env, cancellation);
        _containers.Add(container);
        return container;
    }

    /// <summary>The host itself as an end of the overlay: its overlay device's address.</summary>
    /// <param name="daemon">Whose network.</param>
    public Endpoint OverlayEndpoint(FlannelDaemon daemon) => new(Name, Namespace, daemon.Env.OverlayAddress);

    /// <summary>The same by its IPv6 address; of a dual-stack network only.</summary>
    /// <param name="daemon">Whose network.</param>
    public Endpoint Ipv6OverlayEndpoint(FlannelDaemon daemon) => new(Name, Namespace, daemon.Env.Ipv6!.OverlayAddress);

    /// <summary>Stops its daemons.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_daemons.Select(daemon => daemon.DisposeAsync().AsTask()));

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"h{number}");
}
