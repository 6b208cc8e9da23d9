namespace FastFlannel.Control;

/// <summary>The files of <c>--etcd-cafile</c>, <c>--etcd-certfile</c> and <c>--etcd-keyfile</c>, all PEM; empty for none.</summary>
/// <param name="Authorities">Who may have issued etcd's certificate; without it, whoever the host trusts.</param>
/// <param name="Certificate">This host's certificate, and behind it those that lead to an authority etcd trusts.</param>
/// <param name="Key">Its private key.</param>
public sealed record TlsFiles(string Authorities = "", string Certificate = "", string Key = "")
{
    /// <summary>No files.</summary>
    public static TlsFiles None { get; } = new();

    /// <summary>Whether this host has a certificate to show.</summary>
    public bool HasPair => Certificate.Length > 0 && Key.Length > 0;

    /// <summary>Refuses half of a pair. flannel would go without TLS settings, even without the authorities.</summary>
    /// <exception cref="FatalException">A certificate without a key, or a key without a certificate.</exception>
    public void CheckPair()
    {
        if (HasPair || Certificate.Length + Key.Length == 0)
            return;

        throw new FatalException(Key.Length == 0
            ? $"--etcd-certfile is {Certificate}, but --etcd-keyfile is empty; expected the file of its private key, or neither"
            : $"--etcd-keyfile is {Key}, but --etcd-certfile is empty; expected the file of its certificate, or neither");
    }
}
