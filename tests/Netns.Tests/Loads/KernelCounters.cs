using System.Globalization;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>A namespace's counters of TCP (/proc/net/snmp and /proc/net/netstat), at one time.</summary>
internal sealed class KernelCounters
{
    private static readonly string[] Reorders = ["TCPSACKReorder", "TCPTSReorder", "TCPRenoReorder"];

    private readonly Dictionary<string, long> _values = new(StringComparer.Ordinal);

    /// <summary>Segments sent again.</summary>
    public long Retransmits => this["Tcp.RetransSegs"];

    /// <summary>How often TCP found that segments had overtaken each other.</summary>
    public long Reorderings => Reorders.Sum(name => this["TcpExt." + name]);

    /// <summary>One counter; 0 when the kernel has none of the name.</summary>
    /// <param name="name">For example <c>Tcp.RetransSegs</c>.</param>
    public long this[string name] => _values.GetValueOrDefault(name);

    /// <summary>Reads them.</summary>
    public static async Task<KernelCounters> ReadAsync(Namespace @namespace, CancellationToken cancellation)
    {
        CommandResult said = await @namespace.ExecAsync(["cat", "/proc/net/snmp", "/proc/net/netstat"], cancellation);
        var counters = new KernelCounters();

        // Two lines a group: its name and those of its counters, its name and their values.
        foreach (string[] pair in said.OrThrow().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Chunk(2))
        {
            string[] names = pair[0].Split(' ');
            string[] values = pair[1].Split(' ');
            for (int i = 1; i < names.Length; i++)
                counters._values[names[0].TrimEnd(':') + "." + names[i]] = long.Parse(values[i], CultureInfo.InvariantCulture);
        }

        return counters;
    }
}
