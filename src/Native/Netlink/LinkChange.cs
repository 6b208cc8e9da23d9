using System.Net;

namespace FastFlannel.Native;

/// <summary>What to change on a link; what is null stays as it is.</summary>
/// <param name="Mtu">The longest IP packet, in bytes.</param>
/// <param name="TransmitQueueLength">Packets that may wait for the device.</param>
/// <param name="SuperPacketSize">
/// Bytes of the longest super-packet, with its headers, that the device is given to cut up; for IPv4 set where the kernel knows
/// that limit apart (since Linux 6.3).
/// </param>
/// <param name="Up">Whether the link shall be up.</param>
/// <param name="Mac">The Ethernet address.</param>
/// <param name="VxlanLearning">Whether a vxlan device makes fdb entries of received packets; no other device takes it.</param>
/// <param name="VxlanLocal">The source address of a vxlan device's packets, of the same family as before; no other device takes it.</param>
public readonly record struct LinkChange(
    int? Mtu = null,
    int? TransmitQueueLength = null,
    int? SuperPacketSize = null,
    bool? Up = null,
    MacAddress? Mac = null,
    bool? VxlanLearning = null,
    IPAddress? VxlanLocal = null)
{
    /// <summary>What of it only a vxlan device takes.</summary>
    internal LinkChange OfVxlan => new(VxlanLearning: VxlanLearning, VxlanLocal: VxlanLocal);

    /// <summary>What of it any device takes.</summary>
    internal LinkChange OfAny => this with { VxlanLearning = null, VxlanLocal = null };

    /// <summary>The change in words, for example <c>mtu 1472, up</c>.</summary>
    public override string ToString()
    {
        List<string> words = [];
        if (VxlanLearning is not null)
            words.Add(VxlanLearning.Value ? "learning" : "nolearning");

        if (VxlanLocal is not null)
            words.Add($"local {VxlanLocal}");

        if (Mac is not null)
            words.Add($"address {Mac}");

        if (Mtu is not null)
            words.Add($"mtu {Mtu}");

        if (TransmitQueueLength is not null)
            words.Add($"txqueuelen {TransmitQueueLength}");

        if (SuperPacketSize is not null)
            words.Add($"gso_max_size {SuperPacketSize}");

        if (Up is not null)
            words.Add(Up.Value ? "up" : "down");

        return string.Join(", ", words);
    }
}
