using System.CommandLine;
using System.CommandLine.Parsing;
using FastFlannel.Control;
using FastFlannel.Native;
using Spectre.Console;

namespace FastFlannel.Daemon;

/// <summary><c>fastflannel reserve</c>.</summary>
internal static class ReserveCommand
{
    private const string Examples =
        """
        A reserved subnet never expires: its host gets it back after any absence, and nobody else does.
        One that is leased is reserved for the host that has it, at once and without a restart. One that is free is reserved
        for the host that --public-ip names, which takes it when its daemon starts for the first time.
        A flanneld makes an ordinary lease of a reservation when it starts; a FastFlannel daemon keeps it one.

        Examples:
          fastflannel reserve 10.5.3.0/24                           for the host that has it
          fastflannel reserve 10.5.9.0/24 --public-ip 192.168.0.9   for a host to come
          fastflannel reserve 10.5.9.0/24 fd00:5:9::/64 --public-ip 192.168.0.9
        """;

    /// <summary>Makes the command.</summary>
    /// <param name="environment">Looks an environment variable up; null when there is none.</param>
    public static Command Create(Func<string, string?> environment)
    {
        Argument<Subnet> subnet = SubnetArgument.Create();
        var publicIP = new Option<Ipv4Address?>("--public-ip")
        {
            Description = "The address of the host that it is reserved for.",
            HelpName = "IP",
            CustomParser = ParseAddress,
        };
        var flags = new FlagOptions(environment, DaemonFlags.Etcd);
        return EtcdCommand.Complete(
            new Command("reserve", "Keep a subnet for one host for good.") { subnet, publicIP },
            Examples,
            flags,
            async (parsed, ct) =>
            {
                using EtcdStore store = EtcdCommand.Connect(parsed, flags);
                ReservationOutcome outcome = await new Reservations(store).ReserveAsync(
                    parsed.GetValue(subnet), parsed.GetValue(publicIP), ct);
                Terminal.OutputOf(parsed).WriteLine(ReservationView.Describe(outcome));
                return 0;
            });
    }

    private static Ipv4Address? ParseAddress(ArgumentResult given)
    {
        string text = given.Tokens[0].Value;
        if (Ipv4Address.TryParse(text, out Ipv4Address address) && address != Ipv4Address.Any)
            return address;

        given.AddError($"--public-ip is '{text}', expected an IPv4 address like 192.168.0.9");
        return null;
    }
}
