using System.Diagnostics;

namespace FastFlannel.Control.Tests;

/// <summary>Real etcd servers of one test, their certificates, and a directory for it all that goes with them.</summary>
internal sealed class EtcdBed : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly List<EtcdServer> _servers = [];
    private readonly List<TestAuthority> _authorities = [];

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("fet-etcd-").FullName;

    public IReadOnlyList<EtcdServer> Servers => _servers;

    public string[] Endpoints => [.. _servers.Select(server => server.Endpoint)];

    /// <summary>Makes an authority.</summary>
    public TestAuthority NewAuthority(string name)
    {
        var authority = TestAuthority.Create(Directory, name);
        _authorities.Add(authority);
        return authority;
    }

    /// <summary>Starts a server alone and waits until it has a leader.</summary>
    public async Task<EtcdServer> StartAsync(PemFiles? tls = null, params string[] arguments) =>
        (await StartAsync(1, tls, arguments))[0];

    /// <summary>Starts a cluster and waits until it has a leader.</summary>
    public async Task<EtcdServer[]> StartAsync(int members, PemFiles? tls = null, params string[] arguments)
    {
        EtcdPorts[] ports = EtcdPorts.Find(members);
        string directory = System.IO.Directory.CreateDirectory(Path.Combine(Directory, $"cluster{_servers.Count}")).FullName;
        EtcdServer[] servers = [.. ports.Select(one => new EtcdServer(directory, one, ports, tls, arguments))];
        foreach (EtcdServer server in servers)
        {
            _servers.Add(server);
            server.Start();
        }

        foreach (EtcdServer server in servers)
            await WaitAsync(server);

        return servers;
    }

    /// <summary>Waits until a server has elected or found its leader, whatever certificate it has and whoever it lets in.</summary>
    public static async Task WaitAsync(EtcdServer server)
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = static (_, _, _, _) => true };
        using var http = new HttpClient(handler);
        using var timeout = new CancellationTokenSource(Limit);
        while (!await IsUpAsync())
            await Task.Delay(20, timeout.Token);

        async Task<bool> IsUpAsync()
        {
            server.AssertRuns();
            try
            {
                return (await http.GetStringAsync(new Uri(server.Endpoint + "/health"), timeout.Token)).Contains("true", StringComparison.Ordinal);
            }
            catch (HttpRequestException e)
            {
                // It listens, and refuses us: the test is about that.
                return e.HttpRequestError != HttpRequestError.ConnectionError;
            }
        }
    }

    /// <summary>Settings with a prefix nobody else uses.</summary>
    public static EtcdSettings Settings(
        IEnumerable<string> endpoints, TlsFiles? files = null, string username = "", string password = "") =>
        EtcdSettings.Parse(endpoints, "/fet", files, username, password);

    /// <summary>Runs etcdctl.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> CtlAsync(EtcdServer server, params string[] arguments)
    {
        var start = new ProcessStartInfo("etcdctl", ["--endpoints", server.Endpoint, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ETCDCTL_API"] = "3" },
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return output;
    }

    public void Dispose()
    {
        foreach (EtcdServer server in _servers)
            server.Dispose();

        foreach (TestAuthority authority in _authorities)
            authority.Dispose();

        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
