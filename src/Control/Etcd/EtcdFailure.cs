using System.Net.Sockets;
using Grpc.Core;

namespace FastFlannel.Control;

/// <summary>Says why a call failed, in words that name the next step.</summary>
internal static class EtcdFailure
{
    /// <summary>A time limit passed.</summary>
    public const string NoAnswer = "no answer in time";

    /// <summary>Whether etcd itself has answered, so that another member would answer the same.</summary>
    public static bool IsAnswer(Status status) => status.StatusCode
        is StatusCode.InvalidArgument or StatusCode.Unauthenticated or StatusCode.PermissionDenied
        or StatusCode.FailedPrecondition or StatusCode.OutOfRange or StatusCode.NotFound or StatusCode.AlreadyExists
        or StatusCode.ResourceExhausted;

    /// <summary>
    /// Whether logging in again may help: the token has expired, users were changed since, or there were none. Nothing was done.
    /// </summary>
    public static bool IsTokenStale(Status status) => status.StatusCode == StatusCode.Unauthenticated
        || Says(status, "revision of auth store is old") || Says(status, "user name is empty");

    /// <summary>Whether etcd knows no users at all.</summary>
    public static bool IsWithoutUsers(Status status) => Says(status, "authentication is not enabled");

    /// <summary>Describes a failure of a member that has answered before.</summary>
    public static string Describe(RpcException cause, EtcdSettings settings) => cause.Status.DebugException?.GetBaseException() switch
    {
        _ when cause.StatusCode == StatusCode.DeadlineExceeded => NoAnswer,
        null => DescribeAnswer(cause.Status, settings),
        TimeoutException or OperationCanceledException => NoAnswer,

        // Its own words, "resource temporarily unavailable", name neither.
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } =>
            "the host's name cannot be looked up; check it, and DNS or /etc/hosts",
        var root => root.Message,
    };

    /// <summary>
    /// Describes why a first call failed although a connection could be made. The same fault shows in many ways, depending on who
    /// closes first: the text is the same for all of them, so that waiting for its end is logged once.
    /// </summary>
    /// <param name="cause">What gRPC says.</param>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="check">What was found wrong with its certificate; null for http.</param>
    /// <param name="settings">Which user and which files were used.</param>
    public static string DescribeFirst(RpcException cause, Uri endpoint, ServerCertificateCheck? check, EtcdSettings settings)
    {
        if (check?.Problem is { } problem)
            return problem;

        Exception? root = cause.Status.DebugException?.GetBaseException();
        if (root is null or TimeoutException or OperationCanceledException || cause.StatusCode == StatusCode.DeadlineExceeded)
            return Describe(cause, settings);

        if (check is null)
            return $"what listens there does not speak gRPC without TLS; if it is etcd with TLS, write https://{endpoint.Authority}";

        // What TLS 1.3 refuses, it refuses after the handshake.
        if (check.HasAccepted)
            return DescribeRefusal(settings.Files);

        return Alert(root) is { } alert
            ? $"TLS failed: {alert}"
            : $"what listens there does not speak TLS; if it is etcd without TLS, write http://{endpoint.Authority}";
    }

    private static string DescribeAnswer(Status status, EtcdSettings settings)
    {
        string text = status.Detail.StartsWith("etcdserver: ", StringComparison.Ordinal)
            ? status.Detail["etcdserver: ".Length..]
            : status.Detail;
        string who = settings.User is { } user ? $"user '{user.Name}'" : "the user that this host's certificate names";
        if (Says(status, "invalid user ID or password"))
            return $"{text}: it refuses {who}; check --etcd-username and --etcd-password";

        if (Says(status, "user name is empty"))
            return $"{text}: it wants a user; give --etcd-username and --etcd-password";

        if (status.StatusCode == StatusCode.PermissionDenied)
        {
            return $"{text}: {who} may not do this; give it a role that may read and write {settings.Prefix} "
                + $"(etcdctl role grant-permission ROLE readwrite --prefix=true {settings.Prefix})";
        }

        return text;
    }

    private static string DescribeRefusal(TlsFiles files) => files.HasPair
        ? $"it refuses the certificate in --etcd-certfile {files.Certificate}; "
            + "expected one that has not expired, of an authority in etcd's --trusted-ca-file"
        : "it wants a certificate of this host; give --etcd-certfile and --etcd-keyfile";

    /// <summary>The reason in an OpenSSL error such as <c>error:0A000412:SSL routines::sslv3 alert bad certificate</c>.</summary>
    private static string? Alert(Exception root)
    {
        const string Mark = "SSL routines:";
        int at = root.Message.IndexOf(Mark, StringComparison.Ordinal);
        return at < 0 ? null : root.Message[(root.Message.LastIndexOf(':') + 1)..];
    }

    private static bool Says(Status status, string text) => status.Detail.Contains(text, StringComparison.Ordinal);
}
