using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using FastFlannel.Lab;
using FastFlannel.Native;

namespace FastFlannel.Perf;

/// <summary>etcd's JSON gateway from outside of its namespace, over one connection: quicker than a process for each call.</summary>
internal sealed class EtcdGateway : IDisposable
{
    private const int AtOnce = 128; // --max-txn-ops

    private readonly HttpClient _http;

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
    public async Task PutAsync(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        foreach (KeyValuePair<string, string>[] some in pairs.Chunk(AtOnce))
        {
            var puts = new JsonArray([.. some.Select(pair => new JsonObject
            {
                ["requestPut"] = new JsonObject { ["key"] = Encode(pair.Key), ["value"] = Encode(pair.Value) },
            })]);
            using var body = new StringContent(new JsonObject { ["success"] = puts }.ToJsonString());
            using HttpResponseMessage answer = await _http.PostAsync(new Uri($"{EtcdServer.Endpoint}/v3/kv/txn"), body);
            _ = answer.EnsureSuccessStatusCode();
        }
    }

    /// <summary>How many calls it has been asked for over gRPC so far, those of the gateway not counted.</summary>
    public async Task<long> CountCallsAsync()
    {
        string metrics = await _http.GetStringAsync(new Uri($"{EtcdServer.Endpoint}/metrics"));
        return metrics.Split('\n')
            .Where(line => line.StartsWith("grpc_server_started_total{", StringComparison.Ordinal))
            .Sum(line => (long)double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    public void Dispose() => _http.Dispose();

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
