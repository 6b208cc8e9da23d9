namespace FastFlannel.Lab;

/// <summary>A way from one host to another, from the first's own end to the second's, with no container bridge on it.</summary>
/// <param name="Name">For example <c>vxlan</c>.</param>
/// <param name="From">The end that sends.</param>
/// <param name="To">The end that receives.</param>
/// <param name="Mtu">The largest packet it takes, in bytes.</param>
/// <param name="Backend">The network config's Backend, or <see langword="null"/> where no daemon is involved.</param>
/// <param name="Daemons">The daemons that carry its packets: the sender's and the receiver's, or none.</param>
internal sealed record BenchPath(
    string Name, Endpoint From, Endpoint To, int Mtu, string? Backend, IReadOnlyList<FlannelDaemon> Daemons)
{
    /// <summary>From the underlay address of one host to that of the other, without an overlay.</summary>
    public const string Direct = "direct";

    /// <summary>The kernel's vxlan, set up by hand as flannel would.</summary>
    public const string Vxlan = "vxlan";

    /// <summary>Our daemons with the udp backend.</summary>
    public const string Udp = "udp";

    /// <summary>The three paths that are measured unless told otherwise.</summary>
    public static readonly string[] Usual = [Direct, Vxlan, Udp];

    /// <summary>Both ends.</summary>
    public IReadOnlyList<Endpoint> Ends => [From, To];
}
