using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace FastFlannel.Control;

/// <summary>Judges the certificate that an endpoint shows, and remembers in words what is wrong with it.</summary>
/// <param name="host">The endpoint's host, which the certificate must be for.</param>
/// <param name="credentials">Whom to trust.</param>
internal sealed class ServerCertificateCheck(string host, TlsCredentials credentials)
{
    // Set by the thread that shakes hands, read by the one that waits for it.
    private volatile string? _problem;
    private volatile bool _hasAccepted;

    /// <summary>Why the last certificate was refused, or null.</summary>
    public string? Problem => _problem;

    /// <summary>Whether a certificate was accepted.</summary>
    public bool HasAccepted => _hasAccepted;

    /// <summary>What TLS is to be like, with this check in it.</summary>
    public SslClientAuthenticationOptions ToOptions() => new()
    {
        TargetHost = host,
        EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls12 | System.Security.Authentication.SslProtocols.Tls13,
        ClientCertificateContext = credentials.Own,
        CertificateChainPolicy = Policy(),
        RemoteCertificateValidationCallback = Accept,
    };

    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,

            // etcd must be reachable where nothing else is.
            DisableCertificateDownloads = true,
        };
        if (credentials.Authorities is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(credentials.Authorities);
        }

        return policy;
    }

    private bool Accept(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        string[] problems = [.. Judge(certificate as X509Certificate2, chain, errors)];
        _problem = problems.Length > 0 ? string.Join(", and ", problems) : null;
        _hasAccepted = problems.Length == 0;
        return _hasAccepted;
    }

    private IEnumerable<string> Judge(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || chain is null)
        {
            yield return "it showed no certificate";
            yield break;
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            foreach (string problem in JudgeChain(chain))
                yield return problem;
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            yield return $"its certificate is for {DescribeNames(certificate)} and not for {host}; "
                + "use a name of the certificate in --etcd-endpoints, or a certificate with this one";
        }
    }

    private IEnumerable<string> JudgeChain(X509Chain chain)
    {
        X509ChainStatusFlags flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        if (flags.HasFlag(X509ChainStatusFlags.NotTimeValid))
            yield return DescribeTime(chain);

        const X509ChainStatusFlags NobodyKnown = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;
        if ((flags & NobodyKnown) != 0 && !EndsAtAnAuthority(chain))
        {
            X509Certificate2 last = chain.ChainElements[^1].Certificate;
            string whom = credentials.Files.Authorities is { Length: > 0 } file ? $"which is not in --etcd-cafile {file}" : "which this host does not trust";
            yield return $"its certificate was issued by '{last.Issuer}', {whom}; give the authority that issued it with --etcd-cafile";
        }

        if (flags.HasFlag(X509ChainStatusFlags.NotSignatureValid))
            yield return "its certificate was not signed by the authority it names; another one has the same name";

        const X509ChainStatusFlags Told = NobodyKnown | X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.NotSignatureValid;
        X509ChainStatusFlags rest = flags & ~Told;
        if (rest != X509ChainStatusFlags.NoError)
            yield return $"its certificate cannot be used: {rest}";
    }

    /// <summary>Whoever is named an authority is one, also if somebody else has issued its certificate: as in Go, flannel's language.</summary>
    private bool EndsAtAnAuthority(X509Chain chain) => credentials.Authorities is { } authorities
        && authorities.Any(one => one.RawDataMemory.Span.SequenceEqual(chain.ChainElements[^1].Certificate.RawDataMemory.Span));

    private static string DescribeTime(X509Chain chain)
    {
        X509Certificate2 culprit = chain.ChainElements
            .First(element => element.ChainElementStatus.Any(status => status.Status.HasFlag(X509ChainStatusFlags.NotTimeValid)))
            .Certificate;
        DateTime end = culprit.NotAfter.ToUniversalTime();

        // Without the present time: a text that differs at each try would be logged at each.
        return DateTime.UtcNow > end
            ? $"its certificate '{culprit.Subject}' expired at {end:u}; renew it"
            : $"its certificate '{culprit.Subject}' is not valid before {culprit.NotBefore.ToUniversalTime():u}; set this host's clock if it is behind";
    }

    private static string DescribeNames(X509Certificate2 certificate)
    {
        string[] names =
        [
            .. from extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
               from name in extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString()))
               select name,
        ];
        return names.Length > 0 ? string.Join(", ", names) : $"'{certificate.Subject}'";
    }
}
