using System.Net;
using System.Net.Sockets;
using FastFlannel.Native;

namespace FastFlannel.Lab;

/// <summary>What a daemon's health port answers.</summary>
/// <param name="Code">For example 200.</param>
/// <param name="ContentType">What the body is, or <see langword="null"/> when it does not say.</param>
/// <param name="Body">The text.</param>
public sealed record HealthAnswer(HttpStatusCode Code, string? ContentType, string Body)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Asks inside a namespace.</summary>
    /// <param name="host">Where the daemon runs.</param>
    /// <param name="port">Its health port, on 127.0.0.1.</param>
    /// <param name="path">For example <c>/readyz</c>.</param>
    /// <param name="method">GET, or HEAD for an answer without a body.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public static async Task<HealthAnswer> ReadAsync(
        Namespace host, int port, string path, HttpMethod method, CancellationToken cancellation)
    {
        using var handler = new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseProxy = false };
        using var client = new HttpClient(handler) { Timeout = Limit };
        using var request = new HttpRequestMessage(method, new Uri($"http://127.0.0.1:{port}{path}"));
        using HttpResponseMessage response = await client.SendAsync(request, cancellation);
        return new HealthAnswer(
            response.StatusCode,
            response.Content.Headers.ContentType?.ToString(),
            await response.Content.ReadAsStringAsync(cancellation));

        async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
        {
            // A socket stays in the namespace that it was made in.
            Socket? socket = null;
            NamedNamespace.RunIn(
                host.Path, () => socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            try
            {
                await socket!.ConnectAsync("127.0.0.1", port, ct);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket!.Dispose();
                throw;
            }
        }
    }
}
