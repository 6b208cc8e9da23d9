using System.Diagnostics;
using System.Globalization;
using Etcdserverpb;
using Google.Protobuf;

namespace FastFlannel.Control.Tests;

/// <summary>A real etcd of the test's own, on loopback, with its data in a directory that goes with it.</summary>
public sealed class EtcdProcess : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly string _directory = Directory.CreateTempSubdirectory("fastflannel-etcd-").FullName;
    private Process? _process;
    private (int Client, int Peer) _ports;

    public string Endpoint => Url(_ports.Client);

    private string DataDirectory => Path.Combine(_directory, "data");

    public async ValueTask InitializeAsync()
    {
        _ports = (FreePorts.Take(), FreePorts.Take());
        await StartAsync();
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Settings of its own for each test: a prefix nobody else uses.</summary>
    internal EtcdSettings NewSettings() => EtcdSettings.Parse([Endpoint], $"/test/{Guid.NewGuid():N}");

    /// <summary>A store of its own for each test.</summary>
    internal EtcdStore NewStore() => new(NewSettings(), TimeProvider.System);

    /// <summary>Ends etcd as kill -9 does.</summary>
    internal void Kill()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    /// <summary>Starts it again where it was, with what it knew, or, once its data is gone, with nothing.</summary>
    internal async Task StartAgainAsync(bool empty)
    {
        if (empty)
            Directory.Delete(DataDirectory, recursive: true);

        await StartAsync();
    }

    /// <summary>Replaces the data of one that does not run by those of a snapshot.</summary>
    /// <param name="snapshot">A file that <c>etcdctl snapshot save</c> made.</param>
    internal async Task RestoreAsync(string snapshot)
    {
        Directory.Delete(DataDirectory, recursive: true);
        string peer = Url(_ports.Peer);
        _ = await CtlAsync(
            "snapshot", "restore", snapshot, "--data-dir", DataDirectory,
            "--initial-cluster", $"default={peer}", "--initial-advertise-peer-urls", peer);
    }

    /// <summary>Lets one that does not run run for a while where no host finds it.</summary>
    /// <param name="work">What is done meanwhile.</param>
    internal async Task WhileHiddenAsync(Func<Task> work)
    {
        (int Client, int Peer) home = _ports;
        _ports = (FreePorts.Take(), home.Peer);
        try
        {
            await StartAsync();
            await work();
            Kill();
        }
        finally
        {
            _ports = home;
        }
    }

    /// <summary>A name for a file that goes with it.</summary>
    internal string NewFile(string name) => Path.Combine(_directory, name);

    /// <summary>Writes many keys.</summary>
    internal async Task PutAllAsync(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        const int AtOnce = 128; // --max-txn-ops
        EtcdSettings settings = NewSettings();
        using var member = new EtcdMember(settings.Endpoints[0], settings, null);
        foreach (KeyValuePair<string, string>[] some in pairs.Chunk(AtOnce))
        {
            var request = new TxnRequest();
            request.Success.AddRange(some.Select(pair => new RequestOp
            {
                RequestPut = new PutRequest { Key = ByteString.CopyFromUtf8(pair.Key), Value = ByteString.CopyFromUtf8(pair.Value) },
            }));
            _ = await new KV.KVClient(member.Calls).TxnAsync(request, cancellationToken: TestContext.Current.CancellationToken);
        }
    }

    /// <summary>How often it has been asked for something since it started, by the name of the gRPC method.</summary>
    internal async Task<long> RequestsAsync(string method)
    {
        using var http = new HttpClient();
        string metrics = await http.GetStringAsync(new Uri(Endpoint + "/metrics"));
        return metrics.Split('\n')
            .Where(line => line.StartsWith("grpc_server_started_total{", StringComparison.Ordinal)
                && line.Contains($"grpc_method=\"{method}\"", StringComparison.Ordinal))
            .Sum(line => (long)double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>The numbers of the etcd leases there are.</summary>
    internal async Task<HashSet<string>> LeasesAsync() =>
        [.. (await CtlAsync("lease", "list")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)];

    /// <summary>Stops it (STOP) or lets it go on (CONT).</summary>
    internal async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{_process!.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Runs etcdctl and returns what it printed.</summary>
    public async Task<string> CtlAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("etcdctl", ["--endpoints", Endpoint, .. arguments])
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

    private static string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    private async Task StartAsync()
    {
        (int client, int peer) = _ports;
        string[] arguments =
        [
            "--data-dir", DataDirectory,
            "--listen-client-urls", Url(client), "--advertise-client-urls", Url(client),
            "--listen-peer-urls", Url(peer), "--initial-advertise-peer-urls", Url(peer), "--initial-cluster", $"default={Url(peer)}",
            "--unsafe-no-fsync",
        ];
        var start = new ProcessStartInfo("etcd", arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();

        using var http = new HttpClient();
        using var timeout = new CancellationTokenSource(Limit);
        while (!await IsHealthyAsync(http, timeout.Token))
            await Task.Delay(20, timeout.Token);
    }

    private async Task<bool> IsHealthyAsync(HttpClient http, CancellationToken cancellation)
    {
        Assert.False(_process!.HasExited, "etcd has exited");
        try
        {
            return (await http.GetStringAsync(new Uri(Endpoint + "/health"), cancellation)).Contains("true", StringComparison.Ordinal);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
