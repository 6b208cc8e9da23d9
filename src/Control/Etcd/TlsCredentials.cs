using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FastFlannel.Control;

/// <summary>What <see cref="TlsFiles"/> hold, read and checked.</summary>
/// <param name="Files">Where it was read.</param>
/// <param name="Authorities">Whom to trust; null for whoever the host trusts.</param>
/// <param name="Own">What to show etcd; null for nothing.</param>
internal sealed record TlsCredentials(TlsFiles Files, X509Certificate2Collection? Authorities, SslStreamCertificateContext? Own)
{
    /// <summary>Reads the files.</summary>
    /// <exception cref="FatalException">
    /// One cannot be read or does not hold what it should. That is fatal when the daemon starts, as in flannel: no waiting mends it.
    /// </exception>
    public static TlsCredentials Read(TlsFiles files)
    {
        OpenSslLibrary.Require();
        return new TlsCredentials(
            files,
            files.Authorities.Length > 0 ? ReadCertificates("--etcd-cafile", files.Authorities) : null,
            files.HasPair ? ReadPair(files) : null);
    }

    /// <summary>Reads the files again, since certificates are renewed while the daemon runs.</summary>
    /// <returns>What they hold now, or this when they cannot be read: they may be in the middle of being replaced.</returns>
    public TlsCredentials Reread()
    {
        try
        {
            return Read(Files);
        }
        catch (FatalException)
        {
            return this;
        }
    }

    private static SslStreamCertificateContext ReadPair(TlsFiles files)
    {
        X509Certificate2Collection chain = ReadCertificates("--etcd-certfile", files.Certificate);
        string key = ReadText("--etcd-keyfile", files.Key);
        try
        {
            // The first is this host's, the others lead from it to an authority. Offline: what is missing is not downloaded.
            var own = X509Certificate2.CreateFromPem(chain[0].ExportCertificatePem(), key);
            return SslStreamCertificateContext.Create(own, [.. chain.Skip(1)], offline: true);
        }
        catch (Exception error) when (error is ArgumentException or CryptographicException)
        {
            throw new FatalException($"--etcd-keyfile: {files.Key} {DescribeKey(key, files.Certificate, chain[0].Subject)}", error);
        }
    }

    private static string DescribeKey(string key, string certificate, string subject)
    {
        if (key.Contains("ENCRYPTED", StringComparison.Ordinal))
            return "is encrypted; expected one without passphrase (openssl pkey -in KEY -out NEW makes one)";

        using var rsa = RSA.Create();
        using var ecdsa = ECDsa.Create();
        return IsOf(rsa, key) || IsOf(ecdsa, key)
            ? $"is not the key of the certificate in --etcd-certfile {certificate} ({subject}); expected the two that were made together"
            : "is no private key that can be used; expected RSA or ECDSA in PEM (-----BEGIN PRIVATE KEY-----)";
    }

    private static bool IsOf(AsymmetricAlgorithm algorithm, string key)
    {
        try
        {
            algorithm.ImportFromPem(key);
            return true;
        }
        catch (Exception error) when (error is ArgumentException or CryptographicException)
        {
            return false;
        }
    }

    private static X509Certificate2Collection ReadCertificates(string flag, string path)
    {
        string text = ReadText(flag, path);
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException error)
        {
            throw new FatalException($"{flag}: {path} has a certificate that cannot be read: {error.Message}", error);
        }

        return certificates.Count > 0
            ? certificates
            : throw new FatalException($"{flag}: {path} has no certificate; expected PEM (-----BEGIN CERTIFICATE-----)");
    }

    private static string ReadText(string flag, string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            string problem = error is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : error.Message;
            throw new FatalException($"{flag}: cannot read {path}: {problem}", error);
        }
    }
}
