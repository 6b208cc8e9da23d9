using Etcdserverpb;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// The way to the cluster: the member in use, and another one as soon as that fails. As an invoker it sends each call to the member
/// in use, with the token of the log-in; so it can stand where a client expects one connection.
/// </summary>
/// <remarks>
/// All endpoints are asked at once and the first that answers is used: an order would cost a time limit for each dead one before
/// it, and load one member with all hosts. Nothing is sent to a second member because the first did not answer: who asks decides
/// whether to ask again.
/// </remarks>
internal sealed class EtcdConnection : CallInvoker, IDisposable
{
    // What a member that has just failed is held back, so that one that only seems to serve is not chosen again.
    private static readonly TimeSpan HoldBack = TimeSpan.FromMilliseconds(500);

    private const string TokenHeader = "token"; // etcd, api/v3rpc/rpctypes/metadatafields.go

    private readonly EtcdSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _choosing = new(1);
    private TlsCredentials? _credentials;
    private volatile EtcdMember? _member;
    private volatile Uri? _left;
    private Uri? _told;
    private volatile string? _token; // empty where etcd knows no users
    private long _connections;
    private long _failedRequests;

    /// <summary>Prepares; the first call connects.</summary>
    /// <exception cref="FatalException">The files for TLS cannot be used.</exception>
    public EtcdConnection(EtcdSettings settings, TimeProvider time, ILogger logger)
    {
        _settings = settings;
        _time = time;
        _logger = logger;
        _credentials = settings.UsesTls ? TlsCredentials.Read(settings.Files) : null;
    }

    /// <summary>Where the member in use is; null when none is.</summary>
    public Uri? Endpoint => _member?.Endpoint;

    /// <summary>The connection at this moment.</summary>
    public EtcdStatus Status => new(Endpoint, Volatile.Read(ref _connections), Volatile.Read(ref _failedRequests));

    /// <summary>Runs a call at the member in use.</summary>
    /// <param name="call">Makes it through this invoker.</param>
    /// <param name="cancellation">Calls it off.</param>
    /// <exception cref="EtcdException">It failed, or there is no member to use.</exception>
    public async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await CallWithFreshTokenAsync(call, cancellation);
        }
        catch (EtcdException)
        {
            _ = Interlocked.Increment(ref _failedRequests);
            throw;
        }
    }

    /// <summary>Runs a step of a call that goes on at one member, such as a watch.</summary>
    /// <param name="member">The member; see <see cref="UseAsync"/>.</param>
    /// <param name="step">The step.</param>
    /// <param name="cancellation">Calls it off.</param>
    /// <exception cref="EtcdException">It failed. Unless the member itself has answered so, it is not used any more.</exception>
    public async Task<T> GuardAsync<T>(EtcdMember member, Func<Task<T>> step, CancellationToken cancellation)
    {
        try
        {
            return await member.GuardAsync(step, cancellation);
        }
        catch (EtcdException e) when (e.Status is not { } status || !EtcdFailure.IsAnswer(status))
        {
            Leave(member);
            throw;
        }
    }

    /// <summary>Has the next call make a new connection; calls under way fail.</summary>
    public void Drop()
    {
        if (_member is { } member)
            Leave(member);
    }

    /// <summary>The member in use; chosen, and logged in to, if there is none.</summary>
    /// <exception cref="EtcdException">None can be used.</exception>
    public async Task<EtcdMember> UseAsync(CancellationToken cancellation)
    {
        if (_member is { } inUse && IsLoggedIn)
            return inUse;

        await _choosing.WaitAsync(cancellation);
        try
        {
            EtcdMember member = _member ??= await ChooseAsync(cancellation);
            if (!IsLoggedIn)
                _token = await LogInAsync(member, _settings.User!, cancellation);

            return member;
        }
        finally
        {
            _ = _choosing.Release();
        }
    }

    private bool IsLoggedIn => _settings.User is null || _token is not null;

    private CallInvoker Current => _member?.Calls
        ?? throw new RpcException(new Status(StatusCode.Unavailable, "left meanwhile for another member"));

    private DateTime Now => _time.GetUtcNow().UtcDateTime;

    /// <inheritdoc/>
    public void Dispose()
    {
        _member?.Dispose();
        _choosing.Dispose();
    }

    /// <inheritdoc/>
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        Current.BlockingUnaryCall(method, host, WithToken(options), request);

    /// <inheritdoc/>
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        Current.AsyncUnaryCall(method, host, WithToken(options), request);

    /// <inheritdoc/>
    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        Current.AsyncServerStreamingCall(method, host, WithToken(options), request);

    /// <inheritdoc/>
    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        Current.AsyncClientStreamingCall(method, host, WithToken(options));

    /// <inheritdoc/>
    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        Current.AsyncDuplexStreamingCall(method, host, WithToken(options));

    private async Task<T> CallWithFreshTokenAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        EtcdMember member = await UseAsync(cancellation);
        try
        {
            return await GuardAsync(member, call, cancellation);
        }
        catch (EtcdException e) when (_settings.User is not null && e.Status is { } status && EtcdFailure.IsTokenStale(status))
        {
            // Refused before anything was done, so that doing it again is safe.
            _token = null;
            member = await UseAsync(cancellation);
            return await GuardAsync(member, call, cancellation);
        }
    }

    private async Task<EtcdMember> ChooseAsync(CancellationToken cancellation)
    {
        // Read again for every new connection: certificates are renewed while the daemon runs.
        _credentials = _credentials?.Reread();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        EtcdMember[] members = [.. _settings.Endpoints.Select(endpoint => new EtcdMember(endpoint, _settings, _credentials))];
        Task<EtcdMember>[] probes = [.. members.Select(member => ProbeAsync(member, enough.Token))];
        EtcdMember? chosen = null;
        try
        {
            await foreach (Task<EtcdMember> probe in Task.WhenEach(probes))
            {
                if (!probe.IsCompletedSuccessfully)
                    continue;

                chosen = await probe;
                _ = Interlocked.Increment(ref _connections);
                if (chosen.Endpoint != _told)
                    _logger.EtcdInUse(EtcdException.Name(_told = chosen.Endpoint));

                return chosen;
            }

            cancellation.ThrowIfCancellationRequested();
            throw new EtcdException(probes.Select(probe => probe.Exception?.InnerException).OfType<EtcdException>());
        }
        finally
        {
            await enough.CancelAsync();
            await Task.WhenAll(probes).ContinueWith(static _ => { }, TaskScheduler.Default);
            foreach (EtcdMember member in members.Where(member => member != chosen))
                member.Dispose();
        }
    }

    private async Task<EtcdMember> ProbeAsync(EtcdMember member, CancellationToken cancellation)
    {
        if (member.Endpoint == _left && _settings.Endpoints.Count > 1)
            await Task.Delay(HoldBack, _time, cancellation);

        await member.ProbeAsync(Now, cancellation);
        return member;
    }

    private async Task<string> LogInAsync(EtcdMember member, EtcdUser user, CancellationToken cancellation)
    {
        var request = new AuthenticateRequest { Name = user.Name, Password = user.Password };
        try
        {
            AuthenticateResponse response = await GuardAsync(
                member,
                () => new Auth.AuthClient(member.Calls)
                    .AuthenticateAsync(request, null, Now + EtcdMember.ProbeLimit, cancellation).ResponseAsync,
                cancellation);
            return response.Token;
        }
        catch (EtcdException e) when (e.Status is { } status && EtcdFailure.IsWithoutUsers(status))
        {
            // As etcd's own client does: a user that is not needed is not in the way.
            return "";
        }
    }

    private void Leave(EtcdMember member)
    {
        if (Interlocked.CompareExchange(ref _member, null, member) != member)
            return;

        _left = member.Endpoint;
        member.Dispose();
    }

    private CallOptions WithToken(CallOptions options)
    {
        if (_token is not { Length: > 0 } token)
            return options;

        // A copy: the caller may use its headers again.
        var headers = new Metadata { { TokenHeader, token } };
        foreach (Metadata.Entry header in options.Headers ?? [])
            headers.Add(header);

        return options.WithHeaders(headers);
    }
}
