using System.Security.Cryptography;

namespace FastFlannel.Control.Tests;

/// <summary>What is wrong with the files for TLS is said before anything is tried.</summary>
public sealed class TlsCredentialsTests : IDisposable
{
    private readonly EtcdBed _bed = new();
    private readonly PemFiles _good;

    public TlsCredentialsTests() => _good = _bed.NewAuthority("ca").Issue("host");

    public void Dispose() => _bed.Dispose();

    [Fact]
    public void Good_files_are_read()
    {
        var credentials = TlsCredentials.Read(new TlsFiles(_good.Authority, _good.Certificate, _good.Key));
        Assert.Equal("CN=ca", Assert.Single(credentials.Authorities!).Subject);
        Assert.Equal("CN=host", credentials.Own!.TargetCertificate.Subject);
    }

    [Fact]
    public void Missing_files_are_named()
    {
        Assert.Equal("--etcd-cafile: cannot read /no/ca: there is no such file", Fail(new TlsFiles("/no/ca")));
        Assert.Equal("--etcd-certfile: cannot read /no/crt: there is no such file", Fail(new TlsFiles("", "/no/crt", _good.Key)));
        Assert.Equal("--etcd-keyfile: cannot read /no/key: there is no such file", Fail(new TlsFiles("", _good.Certificate, "/no/key")));
    }

    [Fact] // root may read any file, but no directory
    public void A_file_that_may_not_be_read_is_named() => Assert.Equal(
        $"--etcd-keyfile: cannot read {_bed.Directory}: Access to the path '{_bed.Directory}' is denied.",
        Fail(new TlsFiles("", _good.Certificate, _bed.Directory)));

    [Fact]
    public void Files_that_hold_something_else_are_named()
    {
        Assert.Equal(
            $"--etcd-cafile: {_good.Key} has no certificate; expected PEM (-----BEGIN CERTIFICATE-----)", Fail(new TlsFiles(_good.Key)));
        Assert.Equal(
            $"--etcd-certfile: {_good.Key} has no certificate; expected PEM (-----BEGIN CERTIFICATE-----)",
            Fail(new TlsFiles("", _good.Key, _good.Key)));
        Assert.Equal(
            $"--etcd-keyfile: {_good.Certificate} is no private key that can be used; expected RSA or ECDSA in PEM (-----BEGIN PRIVATE KEY-----)",
            Fail(new TlsFiles("", _good.Certificate, _good.Certificate)));
        string broken = Write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        Assert.StartsWith($"--etcd-cafile: {broken} has a certificate that cannot be read: ", Fail(new TlsFiles(broken)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_another_certificate_is_refused_with_both_files()
    {
        PemFiles other = _bed.NewAuthority("other").Issue("other", rsa: true);
        foreach (string key in (string[])[other.Key, _bed.NewAuthority("third").Issue("third").Key])
        {
            Assert.Equal(
                $"--etcd-keyfile: {key} is not the key of the certificate in --etcd-certfile {_good.Certificate} (CN=host); "
                    + "expected the two that were made together",
                Fail(new TlsFiles("", _good.Certificate, key)));
        }
    }

    [Fact]
    public void A_key_with_a_passphrase_is_refused_with_the_way_out()
    {
        using var key = RSA.Create(2048);
        var parameters = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        string path = Write(key.ExportEncryptedPkcs8PrivateKeyPem("secret", parameters));
        Assert.Equal(
            $"--etcd-keyfile: {path} is encrypted; expected one without passphrase (openssl pkey -in KEY -out NEW makes one)",
            Fail(new TlsFiles("", _good.Certificate, path)));
    }

    [Fact]
    public void Half_a_pair_is_refused()
    {
        Assert.Equal(
            "--etcd-certfile is /x/crt, but --etcd-keyfile is empty; expected the file of its private key, or neither",
            Assert.Throws<FatalException>(() => EtcdSettings.Parse(["https://a"], "/x", new TlsFiles("", "/x/crt"))).Message);
        Assert.Equal(
            "--etcd-keyfile is /x/key, but --etcd-certfile is empty; expected the file of its certificate, or neither",
            Assert.Throws<FatalException>(() => EtcdSettings.Parse(["https://a"], "/x", new TlsFiles("", "", "/x/key"))).Message);
    }

    [Fact] // as in flannel, where the scheme of the endpoint decides
    public void Files_are_not_read_for_http()
    {
        using var store = new EtcdStore(EtcdBed.Settings(["http://127.0.0.1:1"], new TlsFiles("/no/ca")), TimeProvider.System);
        Assert.Equal(
            ["--etcd-cafile, --etcd-certfile and --etcd-keyfile have no effect: no endpoint of --etcd-endpoints begins with https://"],
            store.Settings.Warnings);
    }

    private static string Fail(TlsFiles files) => Assert.Throws<FatalException>(
        () => new EtcdStore(EtcdBed.Settings(["https://127.0.0.1:1"], files), TimeProvider.System)).Message;

    private string Write(string text)
    {
        string path = Path.Combine(_bed.Directory, "file.pem");
        File.WriteAllText(path, text);
        return path;
    }
}
