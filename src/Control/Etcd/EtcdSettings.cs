namespace FastFlannel.Control;

/// <summary>Where the cluster's etcd is, how to get in, and which part of it is ours.</summary>
/// <param name="Endpoints">http and https URLs without a path, at least one; the one that answers is used.</param>
/// <param name="Prefix">The key under which everything lies, for example <c>/coreos.com/network</c>.</param>
/// <param name="Files">For https: whom to trust and who we are.</param>
/// <param name="User">Whom to log in as, or null for nobody.</param>
public sealed record EtcdSettings(IReadOnlyList<Uri> Endpoints, string Prefix, TlsFiles Files, EtcdUser? User)
{
    private const string Expected = "expected http://host:port or https://host:port";

    /// <summary>Whether an endpoint speaks TLS.</summary>
    public bool UsesTls => Endpoints.Any(endpoint => endpoint.Scheme == Uri.UriSchemeHttps);

    /// <summary>What was given and has no effect, for the log. flannel passes over all of these in silence, so they do not stop us.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Checks what the <c>--etcd-*</c> flags say.</summary>
    /// <param name="endpoints">URLs; blanks around one and empty ones are ignored.</param>
    /// <param name="prefix">The key.</param>
    /// <param name="files">Paths; null for none.</param>
    /// <param name="username">Empty for none.</param>
    /// <param name="password">Empty for none.</param>
    /// <exception cref="FatalException">An endpoint is no http or https URL, or half of a pair of files is missing.</exception>
    public static EtcdSettings Parse(
        IEnumerable<string> endpoints, string prefix, TlsFiles? files = null, string username = "", string password = "")
    {
        files ??= TlsFiles.None;
        files.CheckPair();
        Uri[] uris =
        [
            .. from endpoint in endpoints
               let trimmed = endpoint.Trim()
               where trimmed.Length > 0
               select ParseEndpoint(trimmed, files),
        ];
        if (uris.Length == 0)
            throw new FatalException($"--etcd-endpoints has no endpoint, {Expected}, or several with commas between them");

        EtcdUser? user = username.Length > 0 && password.Length > 0 ? new EtcdUser(username, password) : null;
        var settings = new EtcdSettings(uris, prefix, files, user);
        return settings with { Warnings = [.. FindIdle(settings, username, password)] };
    }

    private static Uri ParseEndpoint(string text, TlsFiles files)
    {
        // As in etcd's own client, host:port alone is TLS to those who have a certificate for it.
        string scheme = files.HasPair ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;
        bool isUrl = text.Contains("://", StringComparison.Ordinal);
        string url = isUrl ? text : $"{scheme}://{text}";

        // The text is shown without what stands before an @: it may be a password.
        string shown = text[(text.LastIndexOf('@') + 1)..];
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            throw new FatalException($"--etcd-endpoints: '{shown}' is not an endpoint; {Expected}");
        }

        if (uri.UserInfo.Length > 0)
        {
            throw new FatalException(
                $"--etcd-endpoints: the endpoint of {shown} has a user in it; {Expected}, and the user in --etcd-username and --etcd-password");
        }

        if (uri.PathAndQuery != "/" || uri.Fragment.Length > 0)
            throw new FatalException($"--etcd-endpoints: '{shown}' has something behind the port; {Expected}");

        // A URL without a port means 80 or 443, as everywhere; a host alone says nothing.
        return isUrl || text.TrimEnd('/').EndsWith($":{uri.Port}", StringComparison.Ordinal)
            ? uri
            : throw new FatalException($"--etcd-endpoints: '{shown}' has no port, and etcd's is 2379; {Expected}");
    }

    private static IEnumerable<string> FindIdle(EtcdSettings settings, string username, string password)
    {
        if (settings.Files != TlsFiles.None && !settings.UsesTls)
            yield return "--etcd-cafile, --etcd-certfile and --etcd-keyfile have no effect: no endpoint of --etcd-endpoints begins with https://";

        if (username.Length > 0 && password.Length == 0)
            yield return $"--etcd-username '{username}' has no effect without --etcd-password";

        if (username.Length == 0 && password.Length > 0)
            yield return "--etcd-password has no effect without --etcd-username";

        foreach (Uri endpoint in settings.User is null ? [] : settings.Endpoints.Where(one => one.Scheme == Uri.UriSchemeHttp))
        {
            if (!endpoint.IsLoopback)
                yield return $"--etcd-password goes to {EtcdException.Name(endpoint)} unencrypted; use https:// where others share the network";
        }
    }
}
