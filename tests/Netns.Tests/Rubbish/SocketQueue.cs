using System.Globalization;

namespace FastFlannel.Netns.Tests;

/// <summary>What the kernel says of the UDP sockets on a port, in the namespace of a process (proc_pid_net(5)).</summary>
/// <param name="Bytes">What waits in them, with the kernel's own bookkeeping.</param>
/// <param name="Dropped">Datagrams that found no room, those of a bundle counted one by one.</param>
internal readonly record struct SocketQueue(long Bytes, long Dropped)
{
    // The columns of a line.
    private const int Local = 1, Queues = 4, Drops = 12;

    public static SocketQueue Read(int process, int port)
    {
        string end = $":{port:X4}";
        SocketQueue sum = default;
        foreach (string line in File.ReadLines($"/proc/{process}/net/udp").Skip(1))
        {
            string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!columns[Local].EndsWith(end, StringComparison.Ordinal))
                continue;

            string waiting = columns[Queues].Split(':')[1];
            sum = new SocketQueue(
                sum.Bytes + long.Parse(waiting, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                sum.Dropped + long.Parse(columns[Drops], CultureInfo.InvariantCulture));
        }

        return sum;
    }
}
