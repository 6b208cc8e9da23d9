using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>What the operator says about the interface to use. Texts are as given, not checked.</summary>
public sealed record InterfaceOptions
{
    /// <summary><c>--iface</c>: link names or addresses, in the order to try.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary><c>--iface-regex</c>: regular expressions for an address or a name, after <see cref="Interfaces"/>.</summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary><c>--iface-can-reach</c>: an address that the interface leads to, tried last; empty for none.</summary>
    public string CanReach { get; init; } = "";

    /// <summary><c>--public-ip</c>: the IPv4 address that peers send to; empty for the interface's own.</summary>
    public string PublicIP { get; init; } = "";

    /// <summary><c>--public-ipv6</c>: the IPv6 address that peers send to; empty for the interface's own.</summary>
    public string PublicIPv6 { get; init; } = "";

    /// <summary>Whether nothing says which interface.</summary>
    public bool IsOpen => Interfaces.Count == 0 && Patterns.Count == 0 && CanReach.Length == 0;

    /// <summary>What can be seen to be wrong without a look at the host: one line each, naming flag, value and expectation.</summary>
    public IEnumerable<string> FindProblems()
    {
        foreach (string pattern in Patterns)
        {
            if (InterfacePattern.FindProblem(pattern) is { } problem)
                yield return problem;
        }

        if (CanReach.Length > 0 && !IPAddress.TryParse(CanReach, out _))
            yield return $"--iface-can-reach is '{CanReach}', expected an IP address like 192.0.2.7";

        if (PublicIP.Length > 0 && !Ipv4Address.TryParse(PublicIP, out _))
            yield return $"--public-ip is '{PublicIP}', expected an IPv4 address like 192.0.2.7";

        if (PublicIPv6.Length > 0 && !Ipv6Address.TryParse(PublicIPv6, out _))
            yield return $"--public-ipv6 is '{PublicIPv6}', expected an IPv6 address like 2001:db8::7";
    }
}
