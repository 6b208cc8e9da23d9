using Grpc.Core;

namespace FastFlannel.Control;

/// <summary>etcd did not do what it was asked. Trying again later may help.</summary>
public sealed class EtcdException : Exception
{
    internal EtcdException(EtcdSettings settings, RpcException cause)
        : base($"etcd at {string.Join(", ", settings.Endpoints)}: {Describe(cause)}", cause)
    {
    }

    internal EtcdException(EtcdSettings settings, string problem)
        : base($"etcd at {string.Join(", ", settings.Endpoints)}: {problem}")
    {
    }

    private static string Describe(RpcException cause)
    {
        if (cause.StatusCode == StatusCode.DeadlineExceeded)
            return "no answer in time";

        // The status of a failed connection says little; what lies beneath it says "connection refused".
        Exception? root = cause.Status.DebugException?.GetBaseException();
        return root is null ? cause.Status.Detail : root.Message;
    }
}
