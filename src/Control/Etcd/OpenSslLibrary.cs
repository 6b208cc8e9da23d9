using System.Runtime.InteropServices;

namespace FastFlannel.Control;

/// <summary>
/// The host's OpenSSL, which .NET loads at the first use of TLS; where there is none it ends the process at once. Who needs no TLS
/// needs no OpenSSL.
/// </summary>
internal static class OpenSslLibrary
{
    // The order in which .NET's own loader tries them (runtime, opensslshim.c).
    private static readonly string[] Names = ["libssl.so.3", "libssl.so.1.1", "libssl.so.1.0.2", "libssl.so.1.0.0", "libssl.so.10"];

    /// <summary>Looks for it.</summary>
    /// <exception cref="FatalException">There is none.</exception>
    public static void Require()
    {
        if (Environment.GetEnvironmentVariable("CLR_OPENSSL_VERSION_OVERRIDE") is { Length: > 0 } || Names.Any(CanLoad))
            return;

        throw new FatalException(
            "an https:// endpoint in --etcd-endpoints needs OpenSSL, and this host has none (looked for libssl.so.3 and libssl.so.1.1); "
            + "install it (on Debian and Ubuntu: apt-get install libssl3) or use http:// endpoints");
    }

    private static bool CanLoad(string name) => NativeLibrary.TryLoad(name, out _);
}
