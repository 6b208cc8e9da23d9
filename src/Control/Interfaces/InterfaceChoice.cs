using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>A link with the addresses to use, or what stands against it.</summary>
/// <param name="Link">Null when there is a problem.</param>
/// <param name="IPv4">The IPv4 address; there is always one beside a link.</param>
/// <param name="IPv6">The IPv6 address; null unless the network is dual-stack.</param>
/// <param name="Problem">Why there is no link; empty when there is one.</param>
internal sealed record InterfaceChoice(LinkInfo? Link, IPAddress? IPv4, IPAddress? IPv6, string Problem)
{
    public static InterfaceChoice None(string problem) => new(null, null, null, problem);
}
