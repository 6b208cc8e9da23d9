using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using FastFlannel.Native;

namespace FastFlannel.Lab;

/// <summary>etcd's JSON gateway from outside of its namespace: quicker than an <c>etcdctl</c> for each call.</summary>
public sealed class EtcdGateway : IDisposable
{
    private const int AtOnce = 128; // --max-txn-ops

    private readonly HttpClient _http;

    /// <summary>Prepares a client; connections are made as they are needed, one for each call at a time.</summary>
    /// <param name="switch">Where etcd runs; see <see cref="Underlay.Switch"/>.</param>
    public EtcdGateway(Namespace @switch) => _http = new HttpClient(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (context, cancellation) =>
        {
            Socket? socket = null;
            NamedNamespace.RunIn(
                @switch.Path,
                () => socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
            await socket!.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    /// <summary>Writes keys, many in one transaction.</summary>
    /// <exception cref="HttpRequestException">etcd does not answer, or refuses it.</exception>
    public async Task PutAsync(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        foreach (KeyValuePair<string, string>[] some in pairs.Chunk(AtOnce))
        {
            var puts = new JsonArray([.. some.Select(pair => new JsonObject
            {
                ["requestPut"] = new JsonObject { ["key"] = Encode(pair.Key), ["value"] = Encode(pair.Value) },
            })]);
            await CallAsync("txn", new JsonObject { ["success"] = puts });
        }
    }

    /// <summary>Writes one key.</summary>
    /// <exception cref="HttpRequestException">etcd does not answer, or refuses it.</exception>
    public Task PutAsync(string key, string value) =>
        CallAsync("put", new JsonObject { ["key"] = Encode(key), ["value"] = Encode(value) });

    /// <summary>Deletes one key; one that is not there is no error.</summary>
    /// <exception cref="HttpRequestException">etcd does not answer, or refuses it.</exception>
    public Task DeleteAsync(string key) => CallAsync("deleterange", new JsonObject { ["key"] = Encode(key) });

    /// <summary>How many calls it has been asked for over gRPC so far, those of the gateway not counted.</summary>
    /// <param name="method">Which ones, for example <c>Range</c>; null for all.</param>
    public async Task<long> CountCallsAsync(string? method = null)
    {
        string metrics = await _http.GetStringAsync(new Uri($"{EtcdServer.Endpoint}/metrics"));
        return metrics.Split('\n')
            .Where(line => line.StartsWith("grpc_server_started_total{", StringComparison.Ordinal)
                && (method is null || line.Contains($"grpc_method=\"{method}\"", StringComparison.Ordinal)))
            .Sum(line => (long)double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task CallAsync(string call, JsonObject arguments)
    {
        using var body = new StringContent(arguments.ToJsonString());
        using HttpResponseMessage answer = await _http.PostAsync(new Uri($"{EtcdServer.Endpoint}/v3/kv/{call}"), body);
        _ = answer.EnsureSuccessStatusCode();
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
