using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FastFlannel.Lab;

/// <summary>A real etcd in the switch namespace, and <c>etcdctl</c> to talk to it.</summary>
public sealed class EtcdServer : IAsyncDisposable
{
    /// <summary>Where daemons find it.</summary>
    public const string Endpoint = $"http://{Underlay.Gateway}:2379";

    private const string PeerEndpoint = "http://127.0.0.1:2380";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly Namespace _switch;
    private readonly string _directory;
    private LabProcess? _process;

    /// <summary>Describes a server that does not run yet.</summary>
    /// <param name="switch">The namespace to run in; see <see cref="Underlay.Switch"/>.</param>
    /// <param name="directory">The lab's directory, for data and log.</param>
    public EtcdServer(Namespace @switch, string directory) => (_switch, _directory) = (@switch, directory);

    /// <summary>Starts it, with the data it had when it was stopped, and waits until it is healthy.</summary>
    /// <param name="cancellation">Gives up early.</param>
    public async Task StartAsync(CancellationToken cancellation)
    {
        LabProcess process = _process = _switch.Start(
            [
                "etcd", "--name", "lab", "--data-dir", Path.Combine(_directory, "etcd"),
                "--listen-client-urls", Endpoint, "--advertise-client-urls", Endpoint,
                "--listen-peer-urls", PeerEndpoint, "--initial-advertise-peer-urls", PeerEndpoint,
                "--initial-cluster", $"lab={PeerEndpoint}", "--logger", "zap", "--log-outputs", "stderr",
            ],
            Path.Combine(_directory, "etcd.log"));

        _ = await Wait.UntilAsync(IsHealthyAsync, StartLimit, "etcd to be healthy", cancellation);

        async Task<bool> IsHealthyAsync() => !process.HasExited
            ? (await RunCtlAsync(["endpoint", "health"], cancellation)).Ok
            : throw new LabException($"etcd ended at once:\n{process.Tail(10)}");
    }

    /// <summary>Stops it with SIGTERM; its data stay.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _process, null) is { } process)
            await process.DisposeAsync();
    }

    /// <summary>Sends it a signal, if it runs. One that ends it is followed by <see cref="StopAsync"/>.</summary>
    /// <param name="signal">Its name without SIG: <c>STOP</c> for one that is silent, <c>CONT</c> for its end.</param>
    /// <param name="cancellation">Gives up early.</param>
    public Task SignalAsync(string signal, CancellationToken cancellation) =>
        _process?.SignalAsync(signal, cancellation) ?? Task.CompletedTask;

    /// <summary>Writes a key.</summary>
    /// <param name="key">The whole key.</param>
    /// <param name="value">Its new value.</param>
    /// <param name="cancellation">Gives up early.</param>
    public Task PutAsync(string key, string value, CancellationToken cancellation) =>
        CtlAsync(["put", "--", key, value], cancellation);

    /// <summary>Deletes a key; one that is not there is no error.</summary>
    /// <param name="key">The whole key.</param>
    /// <param name="cancellation">Gives up early.</param>
    public Task DeleteAsync(string key, CancellationToken cancellation) => CtlAsync(["del", key], cancellation);

    /// <summary>Deletes every key that begins with a text.</summary>
    /// <param name="prefix">The text.</param>
    /// <param name="cancellation">Gives up early.</param>
    public Task DeletePrefixAsync(string prefix, CancellationToken cancellation) =>
        CtlAsync(["del", "--prefix", prefix], cancellation);

    /// <summary>Reads a key.</summary>
    /// <param name="key">The whole key.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>The key with its value, or <see langword="null"/> when it is not there.</returns>
    public async Task<EtcdEntry?> GetAsync(string key, CancellationToken cancellation) =>
        Parse(await CtlAsync(["get", "-w", "json", key], cancellation)).FirstOrDefault();

    /// <summary>Reads every key that begins with a text, in the order of their keys.</summary>
    /// <param name="prefix">The text.</param>
    /// <param name="cancellation">Gives up early.</param>
    public async Task<IReadOnlyList<EtcdEntry>> ListAsync(string prefix, CancellationToken cancellation) =>
        Parse(await CtlAsync(["get", "-w", "json", "--prefix", prefix], cancellation));

    /// <summary>Has it forget all that was before the present revision, so that nobody can watch from there.</summary>
    /// <param name="cancellation">Gives up early.</param>
    public async Task CompactAsync(CancellationToken cancellation)
    {
        using var answer = JsonDocument.Parse(await CtlAsync(["get", "-w", "json", "/"], cancellation));
        long now = answer.RootElement.GetProperty("header").GetProperty("revision").GetInt64();
        _ = await CtlAsync(["compact", now.ToString(CultureInfo.InvariantCulture)], cancellation);
    }

    /// <summary>How many leases there are, whether a key lives on them or not.</summary>
    /// <param name="cancellation">Gives up early.</param>
    public async Task<int> CountLeasesAsync(CancellationToken cancellation)
    {
        string answer = await CtlAsync(["lease", "list"], cancellation);

        // Below a heading.
        return answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length - 1;
    }

    /// <summary>How long a lease still lives.</summary>
    /// <param name="leaseId">The lease; see <see cref="EtcdEntry.LeaseId"/>.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>Seconds; -1 when it has expired.</returns>
    public async Task<long> TimeToLiveAsync(long leaseId, CancellationToken cancellation)
    {
        string id = leaseId.ToString("x", CultureInfo.InvariantCulture);
        using var answer = JsonDocument.Parse(await CtlAsync(["lease", "timetolive", "-w", "json", id], cancellation));
        return answer.RootElement.GetProperty("ttl").GetInt64();
    }

    /// <summary>Stops it.</summary>
    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task<string> CtlAsync(IReadOnlyList<string> command, CancellationToken cancellation) =>
        (await RunCtlAsync(command, cancellation)).OrThrow().Output;

    // The variable is for the etcdctl of etcd 3.3, which otherwise speaks the old protocol.
    private Task<CommandResult> RunCtlAsync(IReadOnlyList<string> command, CancellationToken cancellation) =>
        _switch.ExecAsync(["env", "ETCDCTL_API=3", "etcdctl", "--endpoints", Endpoint, .. command], cancellation);

    private static EtcdEntry[] Parse(string json)
    {
        using var answer = JsonDocument.Parse(json);
        return answer.RootElement.TryGetProperty("kvs", out JsonElement entries)
            ? [.. entries.EnumerateArray().Select(ParseEntry)]
            : [];
    }

    private static EtcdEntry ParseEntry(JsonElement entry) => new(
        Text(entry, "key"), Text(entry, "value"), entry.TryGetProperty("lease", out JsonElement lease) ? lease.GetInt64() : 0);

    // Absent when empty.
    private static string Text(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out JsonElement value) ? Encoding.UTF8.GetString(value.GetBytesFromBase64()) : "";
}
