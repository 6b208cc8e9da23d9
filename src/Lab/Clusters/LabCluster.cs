namespace FastFlannel.Lab;

/// <summary>
/// A cluster in a box: an underlay with etcd, hosts with daemons, containers. It is removed when it is disposed of, when making
/// it fails, and when the process exits in an orderly way; the next lab removes what a killed process left.
/// </summary>
public sealed class LabCluster : IAsyncDisposable
{
    private readonly List<LabHost> _hosts = [];
    private readonly Lazy<Task> _removal;
    private Underlay? _underlay;
    private EtcdServer? _etcd;

    private LabCluster(LabClusterOptions options)
    {
        Options = options;
        Directory = System.IO.Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), Name)).FullName;
        _removal = new Lazy<Task>(RemoveAsync);
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>What the names of all its namespaces begin with.</summary>
    public string Name { get; } = LabName.Next();

    /// <summary>What was asked for.</summary>
    public LabClusterOptions Options { get; }

    /// <summary>Where logs, subnet files and etcd's data are, as long as the cluster is.</summary>
    public string Directory { get; }

    /// <summary>The hosts, first to last.</summary>
    public IReadOnlyList<LabHost> Hosts => _hosts;

    /// <summary>The network between the hosts.</summary>
    public Underlay Underlay => _underlay!;

    /// <summary>The cluster's etcd.</summary>
    public EtcdServer Etcd => _etcd!;

    /// <summary>Every container, in the order of the hosts.</summary>
    public IReadOnlyList<Endpoint> Containers => [.. _hosts.SelectMany(host => host.Containers).Select(one => one.Endpoint)];

    /// <summary>The same containers by their IPv6 addresses; of a dual-stack cluster only.</summary>
    public IReadOnlyList<Endpoint> Ipv6Containers => [.. _hosts.SelectMany(host => host.Containers).Select(one => one.Ipv6Endpoint)];

    /// <summary>Makes hosts and underlay, one daemon a host that is not started, and an etcd that is not started.</summary>
    /// <param name="options">What to make.</param>
    /// <param name="cancellation">Gives up early; what was made is removed.</param>
    public static async Task<LabCluster> CreateAsync(LabClusterOptions options, CancellationToken cancellation)
    {
        Requirements.Check();
        await Leftovers.SweepAsync();
        var cluster = new LabCluster(options);
        try
        {
            await cluster.BuildAsync(cancellation);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a cluster and starts everything: etcd with the network config, the daemons, a container a host.</summary>
    /// <param name="options">What to make.</param>
    /// <param name="cancellation">Gives up early; what was made is removed.</param>
    public static async Task<LabCluster> StartAsync(LabClusterOptions options, CancellationToken cancellation)
    {
        LabCluster cluster = await CreateAsync(options, cancellation);
        try
        {
            await cluster.StartEtcdAsync(cancellation);
            await cluster.StartDaemonsAsync(cancellation);
            await cluster.AddContainersAsync(cancellation);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts etcd and writes the network config.</summary>
    /// <param name="cancellation">Gives up early.</param>
    public async Task StartEtcdAsync(CancellationToken cancellation)
    {
        await Etcd.StartAsync(cancellation);
        await Etcd.PutAsync($"{Options.Prefix}/config", Options.EffectiveConfig, cancellation);
    }

    /// <summary>Starts every daemon that does not run, all at once, and waits until they are ready.</summary>
    /// <param name="cancellation">Gives up early.</param>
    public async Task StartDaemonsAsync(CancellationToken cancellation)
    {
        FlannelDaemon[] idle = [.. _hosts.SelectMany(host => host.Daemons).Where(daemon => !daemon.IsRunning)];
        await Task.WhenAll(idle.Select(daemon => daemon.StartAsync()));
        await Task.WhenAll(idle.Select(daemon => daemon.WaitReadyAsync(cancellation)));
    }

    /// <summary>Adds a container for every daemon.</summary>
    /// <param name="cancellation">Gives up early.</param>
    public Task AddContainersAsync(CancellationToken cancellation) => Task.WhenAll(_hosts.Select(async host =>
    {
        foreach (FlannelDaemon daemon in host.Daemons)
            _ = await host.AddContainerAsync(daemon.Env, cancellation, Options.RoutedContainers);
    }));

    /// <summary>Removes everything, however far it had come.</summary>
    public async ValueTask DisposeAsync() => await _removal.Value;

    private async Task BuildAsync(CancellationToken cancellation)
    {
        Underlay underlay = _underlay = await Underlay.CreateAsync(Name, Options, cancellation);
        _etcd = new EtcdServer(underlay.Switch, Directory);
        _hosts.AddRange(await Task.WhenAll(Enumerable.Range(1, Options.Hosts).Select(number =>
            LabHost.CreateAsync(Name, number, underlay, Directory, cancellation))));
        foreach ((LabHost host, DaemonOptions daemon) in _hosts.Zip(Options.EffectiveDaemons))
            _ = host.AddDaemon(daemon);
    }

    private async Task RemoveAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        try
        {
            await Task.WhenAll(_hosts.Select(host => host.DisposeAsync().AsTask()));
            if (_etcd is not null)
                await _etcd.DisposeAsync();
        }
        finally
        {
            // Also what a process that would not end holds on to: those left inside are killed.
            await Leftovers.RemoveAsync(Name, Directory);
        }
    }

    private void OnProcessExit(object? sender, EventArgs arguments) => _removal.Value.GetAwaiter().GetResult();
}
