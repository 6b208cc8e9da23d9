using System.Text;

namespace FastFlannel.Daemon;

/// <summary>What <c>--help</c> prints: one line a flag, in groups, at most 100 columns wide.</summary>
internal static class UsageText
{
    private const int Width = 100;
    private const int HelpColumn = 38;

    private const string Header =
        """
        Usage: fastflannel [flag]...              the daemon, in flanneld's place: same flags, keys, files
               fastflannel COMMAND [option]...    each with --help, which has examples

        commands:
          config get, set, check     the network config in etcd: read it, replace it, find what is wrong
          leases                     who has which subnet
          reserve, release           keep a subnet for one host for good, and end that
          docker-opts                tell dockerd of this host's subnet and MTU
          cleanup                    remove what a daemon has left in the kernel
          lab run, bench, handover, storm
                                     a cluster in a box, on this machine: try, measure and stress it
          run --supervised [flag]... the daemon, started again when it dies, without losing packets

        One dash or two; --name=value or --name value; booleans only as --name or --name=false.
        A flag that is not given is taken from the environment, --etcd-prefix from FLANNELD_ETCD_PREFIX.
        Flags marked * are not in this release: they are refused when set, or have no effect.

        """;

    /// <summary>Writes it.</summary>
    public static string Write()
    {
        var text = new StringBuilder(Header);
        foreach (FlagGroup group in DaemonFlags.Groups)
        {
            Line(text, $"\n{group.Title}:");
            foreach (Flag flag in group.Flags)
                Add(text, flag);
        }

        return text.ToString();
    }

    private static void Add(StringBuilder text, Flag flag)
    {
        char mark = flag.Instead is not null ? '*' : ' ';
        string start = $"{mark} --{flag.Name} {TypeOf(flag)}".PadRight(HelpColumn) + flag.Help;
        string ending = $"(default {(flag.Default.Length > 0 ? flag.Default : "none")})";
        if (start.Length + 1 + ending.Length <= Width)
        {
            Line(text, $"{start} {ending}");
            return;
        }

        Line(text, start);
        Line(text, new string(' ', HelpColumn) + ending);
    }

    private static string TypeOf(Flag flag) => flag.Kind switch
    {
        FlagKind.List => "text...",
        FlagKind.Number => "number",
        FlagKind.Switch => "bool",
        _ => "text",
    };

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
