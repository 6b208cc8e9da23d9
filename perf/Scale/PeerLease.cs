using System.Globalization;
using FastFlannel.Lab;

namespace FastFlannel.Perf;

/// <summary>Leases of hosts that are nowhere: their subnets are 10.64.0.0/24 and on, their addresses 172.16.0.0 and on.</summary>
internal static class PeerLease
{
    /// <summary>One of them.</summary>
    /// <param name="backend">How the host says to be reached.</param>
    /// <param name="number">0 to 65535.</param>
    public static KeyValuePair<string, string> Of(string backend, int number)
    {
        (int high, int low) = (number >> 8, number & 255);
        string data = backend switch
        {
            "udp" => "",
            "vxlan" => $$$""","BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:{{{high:x2}}}:{{{low:x2}}}"}""",
            _ => $",\"BackendType\":\"{backend}\"",
        };
        return new(
            string.Create(CultureInfo.InvariantCulture, $"{LabClusterOptions.DefaultPrefix}/subnets/10.{64 + high}.{low}.0-24"),
            string.Create(
                CultureInfo.InvariantCulture,
                $$$"""{"PublicIP":"172.{{{16 + (high >> 8)}}}.{{{high & 255}}}.{{{low}}}","PublicIPv6":null{{{data}}}}"""));
    }
}
