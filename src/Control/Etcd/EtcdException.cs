using System.Globalization;
using Grpc.Core;

namespace FastFlannel.Control;

/// <summary>etcd did not do what it was asked. Trying again later may help.</summary>
public sealed class EtcdException : Exception
{
    /// <summary>A member failed at what it was asked.</summary>
    internal EtcdException(Uri endpoint, string problem, RpcException? cause = null)
        : base($"etcd at {Name(endpoint)}: {problem}", cause) => Status = cause?.Status;

    /// <summary>No member can be asked.</summary>
    internal EtcdException(IEnumerable<EtcdException> failures)
        : base($"no endpoint of --etcd-endpoints can be used: {string.Join("; ", failures.Select(failure => failure.Message))}")
    {
    }

    /// <summary>What etcd answered; null when it did not.</summary>
    internal Status? Status { get; }

    /// <summary>An endpoint as text, with its port also when that is the usual one of its scheme.</summary>
    internal static string Name(Uri endpoint) =>
        string.Create(CultureInfo.InvariantCulture, $"{endpoint.Scheme}://{endpoint.Host}:{endpoint.Port}");
}
