using dotnet_etcd;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Mvccpb;

namespace FastFlannel.Control;

/// <summary>
/// The connection to etcd. Every call has a time limit and fails at once with an <see cref="EtcdException"/>: who calls decides
/// when to try again, so that there is one place for that and not two.
/// </summary>
public sealed class EtcdStore : IDisposable
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan RevokeLimit = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan WatchSilence = TimeSpan.FromSeconds(4);

    private readonly EtcdConnection _connection;
    private readonly EtcdClient _client;
    private readonly TimeProvider _time;

    // Servers before 3.4 do not know progress requests; silence says nothing about those.
    private volatile bool _answersProgress;

    /// <summary>Prepares a connection; the first call opens it.</summary>
    /// <param name="settings">Where etcd is.</param>
    /// <param name="time">The clock for time limits.</param>
    /// <param name="logger">Is told which endpoint is used; null for nobody.</param>
    /// <exception cref="FatalException">The files for TLS cannot be used.</exception>
    public EtcdStore(EtcdSettings settings, TimeProvider time, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Settings = settings;
        _time = time;
        _connection = new EtcdConnection(settings, time, logger ?? NullLogger.Instance);
        _client = new EtcdClient(_connection);
    }

    /// <summary>Where etcd is.</summary>
    public EtcdSettings Settings { get; }

    /// <summary>The clock for time limits.</summary>
    internal TimeProvider Time => _time;

    /// <summary>The endpoint in use; null when none is.</summary>
    internal Uri? Endpoint => _connection.Endpoint;

    /// <summary>The connection at this moment.</summary>
    internal EtcdStatus Status => _connection.Status;

    /// <summary>
    /// Has the next call make a new connection. The one there is may hang on an address that this host no longer has, which would only
    /// show when an answer does not come.
    /// </summary>
    internal void Reconnect() => _connection.Drop();

    /// <summary>Reads one key.</summary>
    /// <returns>Its value, or null when there is no such key.</returns>
    public async Task<string?> GetAsync(string key, CancellationToken cancellation) =>
        (await GetPairAsync(key, cancellation))?.Value.ToStringUtf8();

    /// <summary>Reads one key with its revision and its etcd lease.</summary>
    /// <returns>It, or null when there is no such key.</returns>
    internal async Task<KeyValue?> GetPairAsync(string key, CancellationToken cancellation)
    {
        RangeResponse response = await CallAsync((deadline, token) => _client.GetAsync(key, null, deadline, token), cancellation);
        return response.Kvs.Count == 0 ? null : response.Kvs[0];
    }

    /// <summary>Reads all keys that begin with a prefix, and the revision they were read at.</summary>
    internal Task<RangeResponse> ListAsync(string prefix, CancellationToken cancellation) =>
        CallAsync((deadline, token) => _client.GetRangeAsync(prefix, null, deadline, token), cancellation);

    /// <summary>Does one operation if a condition holds.</summary>
    /// <returns>The revision it was done at, or null when the condition does not hold.</returns>
    internal Task<long?> TransactAsync(Compare condition, RequestOp operation, CancellationToken cancellation) =>
        TransactAsync([condition], operation, cancellation);

    /// <summary>Does one operation if all conditions hold.</summary>
    /// <inheritdoc cref="TransactAsync(Compare, RequestOp, CancellationToken)"/>
    internal async Task<long?> TransactAsync(Compare[] conditions, RequestOp operation, CancellationToken cancellation)
    {
        var transaction = new TxnRequest { Compare = { conditions }, Success = { operation } };
        TxnResponse response = await CallAsync(
            (deadline, token) => _client.TransactionAsync(transaction, null, deadline, token), cancellation);
        return response.Succeeded ? response.Header.Revision : null;
    }

    /// <summary>Makes an etcd lease.</summary>
    /// <param name="timeToLive">How long it lives, in whole seconds.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="leaseId">Its number, that nobody else uses; 0 lets etcd choose.</param>
    /// <returns>Its number.</returns>
    internal async Task<long> GrantAsync(TimeSpan timeToLive, CancellationToken cancellation, long leaseId = 0)
    {
        var request = new LeaseGrantRequest { TTL = (long)timeToLive.TotalSeconds, ID = leaseId };
        LeaseGrantResponse response = await CallAsync(
            (deadline, token) => _client.LeaseGrantAsync(request, null, deadline, token), cancellation);
        return response.ID;
    }

    /// <summary>Gives an etcd lease its full time again.</summary>
    /// <returns>Whether there is such a lease.</returns>
    internal Task<bool> KeepAliveAsync(long leaseId, CancellationToken cancellation) => CallAsync(
        async (deadline, token) =>
        {
            // A stream by etcd's interface; for a lease that is renewed every few seconds one answer of it is enough.
            using AsyncDuplexStreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call =
                _client.GetConnection().LeaseClient.LeaseKeepAlive(null, deadline, token);
            await call.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = leaseId }, token);
            bool isAnswered = await call.ResponseStream.MoveNext(token);
            return isAnswered && call.ResponseStream.Current.TTL > 0;
        },
        cancellation);

    /// <summary>How long an etcd lease lives on, to the second; less than nothing when there is none.</summary>
    internal async Task<TimeSpan> TimeToLiveAsync(long leaseId, CancellationToken cancellation)
    {
        var request = new LeaseTimeToLiveRequest { ID = leaseId };
        LeaseTimeToLiveResponse response = await CallAsync(
            (deadline, token) => _client.LeaseTimeToLiveAsync(request, null, deadline, token), cancellation);
        return TimeSpan.FromSeconds(response.TTL);
    }

    /// <summary>Whether keys hang on an etcd lease; null when there is none.</summary>
    internal async Task<bool?> HasKeysAsync(long leaseId, CancellationToken cancellation)
    {
        var request = new LeaseTimeToLiveRequest { ID = leaseId, Keys = true };
        LeaseTimeToLiveResponse response = await CallAsync(
            (deadline, token) => _client.LeaseTimeToLiveAsync(request, null, deadline, token), cancellation);
        return response.TTL < 0 ? null : response.Keys.Count > 0;
    }

    /// <summary>Ends an etcd lease, and with it the keys that hang on it.</summary>
    internal Task RevokeAsync(long leaseId, CancellationToken cancellation) => CallAsync(
        (deadline, token) => _client.LeaseRevokeAsync(new LeaseRevokeRequest { ID = leaseId }, null, deadline, token), cancellation);

    /// <summary>Ends an etcd lease that would end by itself: for a second at the most, and whatever comes of it.</summary>
    internal async Task TryRevokeAsync(long leaseId)
    {
        using var limit = new CancellationTokenSource(RevokeLimit, _time);
        try
        {
            await RevokeAsync(leaseId, limit.Token);
        }
        catch (Exception e) when (e is EtcdException or OperationCanceledException or RpcException)
        {
            // It expires.
        }
    }

    /// <summary>Follows all keys that begin with a prefix.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="revision">The first revision of interest.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="EtcdException">
    /// The stream ended, or the revision is compacted. What happened meanwhile is unknown: list again.
    /// </exception>
    internal async IAsyncEnumerable<IReadOnlyList<Event>> WatchAsync(
        string prefix, long revision, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        EtcdMember member = await _connection.UseAsync(cancellation);

        // A member cut off from its leader would otherwise stay silent for ever (etcd, clientv3.WithRequireLeader).
        var headers = new Metadata { { "hasleader", "true" } };
        using AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call = await _connection.GuardAsync(
            member,
            () => Task.FromResult(_client.GetConnection().WatchClient.Watch(headers, cancellationToken: cancellation)),
            cancellation);
        var request = new WatchRequest
        {
            CreateRequest = new WatchCreateRequest
            {
                Key = ByteString.CopyFromUtf8(prefix),
                RangeEnd = EtcdClient.GetRangeEnd(ByteString.CopyFromUtf8(prefix)),
                StartRevision = revision,
            },
        };
        await _connection.GuardAsync(
            member,
            async () =>
            {
                await call.RequestStream.WriteAsync(request, cancellation);
                return true;
            },
            cancellation);
        while (await _connection.GuardAsync(member, () => NextAsync(member, call, cancellation), cancellation))
        {
            WatchResponse response = call.ResponseStream.Current;
            if (response.CompactRevision > 0)
                throw new EtcdException(member.Endpoint, $"revision {revision} is compacted");

            if (response.Canceled)
                throw new EtcdException(member.Endpoint, $"watch ended: {response.CancelReason}");

            // The answer to a progress request belongs to no watch.
            _answersProgress |= response.WatchId < 0;
            if (response.Events.Count > 0)
                yield return response.Events;
        }

        throw new EtcdException(member.Endpoint, "watch ended");
    }

    /// <summary>
    /// Waits for the next response. After some silence it asks for one (etcd 3.4 and later answer), so that a stream that has died
    /// without a word is noticed, also behind a proxy that keeps the connection alive.
    /// </summary>
    private async Task<bool> NextAsync(
        EtcdMember member, AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call, CancellationToken cancellation)
    {
        Task<bool> next = call.ResponseStream.MoveNext(cancellation);
        for (bool isAsked = false; ; isAsked = true)
        {
            try
            {
                return await next.WaitAsync(WatchSilence, _time, cancellation);
            }
            catch (TimeoutException) when (!next.IsCompleted)
            {
                if (isAsked && _answersProgress)
                    throw new EtcdException(member.Endpoint, $"watch silent for {2 * WatchSilence.TotalSeconds} s");
            }

            var request = new WatchRequest { ProgressRequest = new WatchProgressRequest() };
            await call.RequestStream.WriteAsync(request, cancellation).WaitAsync(CallLimit, _time, cancellation);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _connection.Dispose();
    }

    private Task<T> CallAsync<T>(Func<DateTime, CancellationToken, Task<T>> call, CancellationToken cancellation) =>
        _connection.CallAsync(() => call(_time.GetUtcNow().UtcDateTime + CallLimit, cancellation), cancellation);
}
