namespace FastFlannel.Control;

/// <summary>Where the cluster's etcd is and which part of it is ours.</summary>
/// <param name="Endpoints">URLs, for example <c>http://10.0.0.1:2379</c>; the first that answers is used.</param>
/// <param name="Prefix">The key under which everything lies, for example <c>/coreos.com/network</c>.</param>
public sealed record EtcdSettings(IReadOnlyList<string> Endpoints, string Prefix)
{
    /// <summary>Checks what <c>--etcd-endpoints</c> and <c>--etcd-prefix</c> say.</summary>
    /// <param name="endpoints">URLs; blanks around one are ignored.</param>
    /// <param name="prefix">The key.</param>
    /// <exception cref="FatalException">An endpoint is no http URL.</exception>
    public static EtcdSettings Parse(IEnumerable<string> endpoints, string prefix)
    {
        string[] list = [.. endpoints.Select(endpoint => endpoint.Trim()).Where(endpoint => endpoint.Length > 0)];
        foreach (string endpoint in list)
        {
            if (!Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? uri) || uri.Scheme != Uri.UriSchemeHttp)
            {
                throw new FatalException(uri?.Scheme == Uri.UriSchemeHttps
                    ? $"--etcd-endpoints: '{endpoint}' needs TLS, which is not in this release; use an http:// endpoint"
                    : $"--etcd-endpoints: '{endpoint}' is not an endpoint; expected http://host:port");
            }
        }

        return new EtcdSettings(list, prefix);
    }
}
