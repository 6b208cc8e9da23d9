using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FastFlannel.Control.Tests;

/// <summary>The files of a certificate.</summary>
/// <param name="Authority">The certificate of who issued it.</param>
/// <param name="Certificate">The certificate.</param>
/// <param name="Key">Its private key.</param>
internal sealed record PemFiles(string Authority, string Certificate, string Key);

/// <summary>A certificate authority of the test's own, which writes what it issues as PEM files.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly string _directory;
    private readonly X509Certificate2 _certificate;
    private int _issued;

    private TestAuthority(string directory, string name, X509Certificate2 certificate)
    {
        (_directory, Name, _certificate) = (directory, name, certificate);
        File = Write($"{name}.crt", certificate.ExportCertificatePem());
    }

    public string Name { get; }

    /// <summary>Its certificate's file, for <c>--etcd-cafile</c>.</summary>
    public string File { get; }

    /// <summary>Makes one that nobody else vouches for.</summary>
    /// <param name="directory">Where it writes.</param>
    /// <param name="name">Its common name.</param>
    public static TestAuthority Create(string directory, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Request(name, key, isAuthority: true);
        return new TestAuthority(directory, name, request.CreateSelfSigned(Before, After));
    }

    /// <summary>Makes one that this one vouches for.</summary>
    public TestAuthority CreateIntermediate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        X509Certificate2 signed = Request(name, key, isAuthority: true).Create(_certificate, Before, After.AddDays(-1), Serial());
        return new TestAuthority(_directory, name, signed.CopyWithPrivateKey(key));
    }

    /// <summary>Issues a certificate.</summary>
    /// <param name="name">Its common name.</param>
    /// <param name="host">The IP address or DNS name that it is for.</param>
    /// <param name="from">When it becomes valid; null for a day ago.</param>
    /// <param name="to">When it expires; null for tomorrow.</param>
    /// <param name="rsa">An RSA key instead of an ECDSA one.</param>
    /// <param name="withChain">Whether this authority's certificate stands behind it in the file.</param>
    /// <returns>The files.</returns>
    public PemFiles Issue(
        string name,
        string host = "127.0.0.1",
        DateTimeOffset? from = null,
        DateTimeOffset? to = null,
        bool rsa = false,
        bool withChain = false)
    {
        using AsymmetricAlgorithm key = rsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Request(name, key, isAuthority: false);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out IPAddress? address))
            names.AddIpAddress(address);
        else
            names.AddDnsName(host);

        request.CertificateExtensions.Add(names.Build());
        using ECDsa issuer = _certificate.GetECDsaPrivateKey()!;
        using X509Certificate2 certificate = request.Create(
            _certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(issuer), from ?? Before, to ?? After.AddDays(-2), Serial());
        string file = string.Create(CultureInfo.InvariantCulture, $"{Name}-{name}-{++_issued}");
        string chain = withChain ? "\n" + _certificate.ExportCertificatePem() : "";
        return new PemFiles(
            File, Write($"{file}.crt", certificate.ExportCertificatePem() + chain), Write($"{file}.key", key.ExportPkcs8PrivateKeyPem()));
    }

    public void Dispose() => _certificate.Dispose();

    private static DateTimeOffset Before => DateTimeOffset.UtcNow.AddDays(-1);

    private static DateTimeOffset After => DateTimeOffset.UtcNow.AddDays(3);

    private static CertificateRequest Request(string name, AsymmetricAlgorithm key, bool isAuthority)
    {
        var subject = new X500DistinguishedName($"CN={name}");
        CertificateRequest request = key is RSA rsa
            ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        if (isAuthority)
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));

        return request;
    }

    private static byte[] Serial()
    {
        byte[] serial = Guid.NewGuid().ToByteArray();
        serial[0] &= 0x7F; // positive
        return serial;
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_directory, name);
        System.IO.File.WriteAllText(path, text + "\n");
        return path;
    }
}
