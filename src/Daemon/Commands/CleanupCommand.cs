using System.CommandLine;
using System.CommandLine.Help;
using FastFlannel.Control;
using FastFlannel.Lab;
using FastFlannel.Native;
using Command = System.CommandLine.Command;

namespace FastFlannel.Daemon;

/// <summary>The command <c>fastflannel cleanup</c>: removes from the kernel what stays there when a daemon ends.</summary>
internal static class CleanupCommand
{
    private const string Examples =
        """
        Removes vxlan devices with all that is on them, the routes of host-gw and DirectRouting, the firewall's rules and the
        blackhole route. The subnet file and the lease in etcd stay: a later start gets the same subnet.
        Exits with 0 when all of it is gone, 1 when not: a daemon that runs puts it back.

        Examples:
          fastflannel cleanup --dry-run                                 what would go
          fastflannel cleanup
          fastflannel cleanup --subnet-file /run/flannel/second.env     of a second daemon on this host
        """;

    // A daemon that runs puts things back at once.
    private static readonly TimeSpan ReturnTime = TimeSpan.FromSeconds(1);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var file = new Option<string>("--subnet-file")
        {
            Description = "The daemon's: the networks in it tell what is its own.",
            HelpName = "PATH",
            DefaultValueFactory = _ => DaemonOptions.Default.SubnetFile,
        };
        var isDry = new Option<bool>("--dry-run") { Description = "Only say what would be removed." };
        var cleanup = new Command("cleanup", "Remove what a daemon that does not run any more has left in the kernel.")
        {
            file, isDry, new HelpOption { Action = new HelpWithExamples(Examples) },
        };
        cleanup.SetAction((parsed, cancellation) =>
            RunAsync(parsed.GetValue(file)!, parsed.GetValue(isDry), parsed.InvocationConfiguration, cancellation));
        return cleanup;
    }

    private static async Task<int> RunAsync(
        string path, bool isDry, InvocationConfiguration console, CancellationToken cancellation)
    {
        try
        {
            using var netlink = RouteNetlink.Open();
            PreviousSubnet file = SubnetFile.Read(path);
            foreach (string warning in file.Warnings)
                console.Error.WriteLine(warning);

            if (file.Network is null)
                console.Error.WriteLine($"{path} is not there or names no network: routes of host-gw, if there are any, cannot be told and stay");

            KernelLeftovers found = Find();
            IReadOnlyList<string> rules = FirewallLeftovers.Find(file);
            if (isDry || found.IsEmpty && rules.Count == 0)
            {
                string[] lines = [.. found.Describe().Concat(rules).Select(line => "would remove " + line)];
                foreach (string line in lines.DefaultIfEmpty("nothing to remove"))
                    console.Output.WriteLine(line);

                return 0;
            }

            found.Remove(netlink, Say);
            FirewallLeftovers.Remove(file, Say);
            await Task.Delay(ReturnTime, cancellation);
            if (Find() is { IsEmpty: true } && FirewallLeftovers.Find(file).Count == 0)
                return 0;

            console.Error.WriteLine("some of it is back: a daemon runs and keeps it; stop the daemon first");
            return 1;

            void Say(string thing) => console.Output.WriteLine($"removed {thing}");

            KernelLeftovers Find() => KernelLeftovers.Find(InterfaceSnapshot.Read(netlink), file);
        }
        catch (Exception e) when (e is SysException or FirewallException)
        {
            console.Error.WriteLine($"fastflannel: {e.Message}");
            return 1;
        }
    }
}
