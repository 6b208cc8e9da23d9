using System.Text.Json;

namespace FastFlannel.Lab;

/// <summary>The device a daemon made for its overlay, as the kernel describes it.</summary>
/// <param name="Name">For example <c>flannel0</c>.</param>
/// <param name="Mtu">In bytes.</param>
public sealed record OverlayDevice(string Name, int Mtu)
{
    /// <summary>Finds the device that has the overlay's address.</summary>
    /// <param name="host">Where to look.</param>
    /// <param name="env">What the daemon wrote.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>The device, or <see langword="null"/> when no device has the address: some backends make none.</returns>
    public static async Task<OverlayDevice?> FindAsync(Namespace host, SubnetEnv env, CancellationToken cancellation)
    {
        CommandResult result = await host.ExecAsync(
            ["ip", "-j", "address", "show", "to", $"{env.OverlayAddress}/32"], cancellation);
        using var answer = JsonDocument.Parse(result.OrThrow().Output);

        // A device that does not match is listed as an empty object.
        foreach (JsonElement device in answer.RootElement.EnumerateArray())
        {
            if (device.TryGetProperty("ifname", out JsonElement name))
                return new OverlayDevice(name.GetString()!, device.GetProperty("mtu").GetInt32());
        }

        return null;
    }
}
