using System.Net.Sockets;
using Etcdserverpb;
using Grpc.Core;
using Grpc.Net.Client;

namespace FastFlannel.Control;

/// <summary>One member of the cluster as reached at one endpoint, over one connection.</summary>
internal sealed class EtcdMember : IDisposable
{
    /// <summary>How long a member may take to show that it serves.</summary>
    public static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(3);

    private readonly EtcdSettings _settings;
    private readonly ServerCertificateCheck? _check;
    private readonly GrpcChannel _channel;
    private volatile bool _hasConnected;
    private bool _hasAnswered;

    /// <summary>Prepares a connection; the first call opens it.</summary>
    /// <param name="endpoint">Where.</param>
    /// <param name="settings">Whose.</param>
    /// <param name="credentials">For https.</param>
    public EtcdMember(Uri endpoint, EtcdSettings settings, TlsCredentials? credentials)
    {
        Endpoint = endpoint;
        _settings = settings;
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = ProbeLimit,
            ConnectCallback = ConnectAsync,

            // A connection whose other end is silent is closed after at most 10 s, so that a watch on it ends. etcd closes those
            // that ask more often than every 5 s, or without a call under way (--grpc-keepalive-min-time).
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            KeepAlivePingDelay = TimeSpan.FromSeconds(5),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(3),

            // http_proxy is there for the Internet; etcd is next door.
            UseProxy = false,
        };
        if (endpoint.Scheme == Uri.UriSchemeHttps)
        {
            ArgumentNullException.ThrowIfNull(credentials);
            _check = new ServerCertificateCheck(endpoint.Host, credentials);
            handler.SslOptions = _check.ToOptions();
        }

        _channel = GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,

            // A list of all leases may exceed gRPC's usual 4 MiB.
            MaxReceiveMessageSize = null,
        });
        Calls = _channel.CreateCallInvoker();
    }

    /// <summary>Where it is.</summary>
    public Uri Endpoint { get; }

    /// <summary>How it is called.</summary>
    public CallInvoker Calls { get; }

    /// <summary>
    /// Has the member show that it serves. That a connection can be made shows nothing: the kernel takes it also for a process that
    /// is stopped. Needs no user.
    /// </summary>
    /// <exception cref="EtcdException">It does not answer, or cannot take requests.</exception>
    public async Task ProbeAsync(DateTime now, CancellationToken cancellation)
    {
        StatusResponse status = await GuardAsync(
            () => new Maintenance.MaintenanceClient(Calls)
                .StatusAsync(new StatusRequest(), null, now + ProbeLimit, cancellation).ResponseAsync,
            cancellation);
        _hasAnswered = true;
        if (status.Leader == 0)
            throw new EtcdException(Endpoint, "it has no leader: the cluster has lost its majority, or this member has lost the cluster");

        if (status.IsLearner)
            throw new EtcdException(Endpoint, "it is a learner and takes no requests yet");
    }

    /// <summary>Runs a call, or a step of one, and says in words why it failed.</summary>
    /// <exception cref="EtcdException">It failed.</exception>
    /// <exception cref="OperationCanceledException">It was called off.</exception>
    public async Task<T> GuardAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await call();
        }
        catch (Exception e) when (
            e is RpcException or ObjectDisposedException or IOException or HttpRequestException && cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, cancellation);
        }
        catch (RpcException e)
        {
            string problem = _hasConnected && !_hasAnswered
                ? EtcdFailure.DescribeFirst(e, Endpoint, _check, _settings)
                : EtcdFailure.Describe(e, _settings);
            throw new EtcdException(Endpoint, problem, e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // A write to a stream whose connection dies meanwhile: gRPC passes on what the connection says.
            throw new EtcdException(Endpoint, e.GetBaseException().Message);
        }
        catch (TimeoutException)
        {
            throw new EtcdException(Endpoint, EtcdFailure.NoAnswer);
        }
        catch (ObjectDisposedException)
        {
            throw new EtcdException(Endpoint, "left meanwhile for another member");
        }
    }

    /// <summary>Closes the connection; calls under way fail.</summary>
    public void Dispose() => _channel.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            _hasConnected = true;
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
