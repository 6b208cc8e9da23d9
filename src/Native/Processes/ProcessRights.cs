using System.Globalization;

namespace FastFlannel.Native;

/// <summary>What this process may do.</summary>
/// <param name="UserId">As whom it acts: its effective user id.</param>
/// <param name="Capabilities">Its effective capabilities, a bit each.</param>
public sealed record ProcessRights(uint UserId, ulong Capabilities)
{
    /// <summary>This process's rights at this moment.</summary>
    /// <exception cref="IOException">There is no /proc.</exception>
    public static ProcessRights Read() => Parse(File.ReadLines("/proc/self/status"));

    /// <summary>Whether it has a capability.</summary>
    public bool Has(Capability capability) => (Capabilities >> (int)capability & 1) != 0;

    /// <summary>Reads the lines of /proc/self/status (proc_pid_status(5)).</summary>
    internal static ProcessRights Parse(IEnumerable<string> lines)
    {
        uint user = 0;
        ulong capabilities = 0;
        foreach (string line in lines)
        {
            string[] fields = line.Split('\t');
            if (fields[0] == "Uid:")
                user = uint.Parse(fields[2], CultureInfo.InvariantCulture);
            else if (fields[0] == "CapEff:")
                capabilities = ulong.Parse(fields[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }

        return new ProcessRights(user, capabilities);
    }
}
