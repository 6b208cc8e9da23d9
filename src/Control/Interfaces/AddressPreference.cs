using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>Which of an interface's addresses is used when the operator names none.</summary>
internal static class AddressPreference
{
    private static readonly Ipv4Prefix Loopback = Ipv4Prefix.Parse("127.0.0.0/8");
    private static readonly Ipv4Prefix LinkLocal = Ipv4Prefix.Parse("169.254.0.0/16");
    private static readonly Ipv4Prefix Multicast = Ipv4Prefix.Parse("224.0.0.0/4");
    private static readonly Ipv4Address Broadcast = Ipv4Address.Parse("255.255.255.255");

    /// <summary>
    /// Takes the first unicast address that is not deprecated: global before link-local, then permanent before dynamic, then
    /// lasting before temporary, else in the kernel's order.
    /// </summary>
    /// <returns>The address, or null when none is usable.</returns>
    public static Ipv4Address? Choose(IEnumerable<AddressInfo> addresses) => addresses
        .Where(address => !address.IsDeprecated)
        .Select(address => (Info: address, Address: Ipv4Address.From(address.Address)))
        .Where(candidate => IsUsable(candidate.Address))
        .OrderBy(candidate => LinkLocal.Contains(candidate.Address))
        .ThenBy(candidate => !candidate.Info.IsPermanent)
        .ThenBy(candidate => candidate.Info.IsTemporary)
        .Select(candidate => (Ipv4Address?)candidate.Address)
        .FirstOrDefault();

    private static bool IsUsable(Ipv4Address address) =>
        !Loopback.Contains(address) && !Multicast.Contains(address) && address != Ipv4Address.Any && address != Broadcast;
}
