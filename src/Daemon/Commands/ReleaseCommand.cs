using System.CommandLine;
using FastFlannel.Control;
using Spectre.Console;

namespace FastFlannel.Daemon;

/// <summary><c>fastflannel release</c>.</summary>
internal static class ReleaseCommand
{
    private const string Examples =
        """
        The subnet of a running host stays with it, as an ordinary lease that its daemon renews. Where no daemon says that it
        runs, the reservation is deleted and the subnet is free. An ordinary lease is left alone: it ends by itself when its
        host is gone for a day, or now with --force. A running FastFlannel daemon puts a deleted lease back; a flanneld stops.

        Examples:
          fastflannel release 10.5.3.0/24
          fastflannel release 10.5.3.0/24 --force             also if it is a lease, of a host that will not come back
        """;

    /// <summary>Makes the command.</summary>
    /// <param name="environment">Looks an environment variable up; null when there is none.</param>
    public static Command Create(Func<string, string?> environment)
    {
        Argument<Subnet> subnet = SubnetArgument.Create();
        var force = new Option<bool>("--force") { Description = "Delete it also if it is an ordinary lease." };
        var flags = new FlagOptions(environment, DaemonFlags.Etcd);
        return EtcdCommand.Complete(
            new Command("release", "End the reservation of a subnet.") { subnet, force },
            Examples,
            flags,
            async (parsed, ct) =>
            {
                using EtcdStore store = EtcdCommand.Connect(parsed, flags);
                ReservationOutcome outcome = await new Reservations(store).ReleaseAsync(
                    parsed.GetValue(subnet), parsed.GetValue(force), ct);
                Terminal.OutputOf(parsed).WriteLine(ReservationView.Describe(outcome));
                return 0;
            });
    }
}
