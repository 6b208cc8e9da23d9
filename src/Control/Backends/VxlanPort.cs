using System.Globalization;

namespace FastFlannel.Control;

/// <summary>The UDP port of a vxlan device for which none is named.</summary>
internal static class VxlanPort
{
    private const string Parameter = "/sys/module/vxlan/parameters/udp_port";
    private const ushort Usual = 8472;

    /// <summary>The kernel's default, which a parameter of the module may have changed.</summary>
    public static ushort OfKernel()
    {
        try
        {
            string text = File.ReadAllText(Parameter).Trim();
            return ushort.TryParse(text, CultureInfo.InvariantCulture, out ushort port) ? port : Usual;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The module is not loaded yet, and will be with its default.
            return Usual;
        }
    }
}
