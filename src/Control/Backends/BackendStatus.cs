namespace FastFlannel.Control;

/// <summary>A backend at one moment.</summary>
/// <param name="Type">Which, as the network config names it.</param>
/// <param name="Device">The overlay's device, or null when the backend makes none.</param>
/// <param name="Mtu">The overlay's MTU in bytes.</param>
/// <param name="Peers">Subnets of peers in force.</param>
/// <param name="Kernel">The entries in the kernel.</param>
public record BackendStatus(string Type, string? Device, int Mtu, int Peers, KernelStatus Kernel);

/// <summary>How the entries in the kernel are kept.</summary>
/// <param name="Repairs">How many entries and devices were put back because somebody had changed or deleted them.</param>
/// <param name="Troubles">What is not in force, and why: a device, or a peer's subnet.</param>
public sealed record KernelStatus(long Repairs, IReadOnlyDictionary<string, string> Troubles)
{
    /// <summary>Nothing to keep.</summary>
    public static KernelStatus None { get; } = new(0, new Dictionary<string, string>());
}
