using System.CommandLine;
using System.Text.Json;
using FastFlannel.Control;

namespace FastFlannel.Daemon;

/// <summary><c>fastflannel leases</c>.</summary>
internal static class LeasesCommand
{
    private const string Examples =
        """
        A host is named where a FastFlannel daemon runs on it; flanneld tells no name. "own" marks this machine's.

        Examples:
          fastflannel leases                                  who has which subnet
          fastflannel leases --etcd-prefix /second/network    of another network
          fastflannel leases --json | jq -r '.leases[] | select(.reserved) | .subnet'
          fastflannel leases --json --no-expiry | jq '.leases | length'
        """;

    /// <summary>Makes the command.</summary>
    /// <param name="environment">Looks an environment variable up; null when there is none.</param>
    public static Command Create(Func<string, string?> environment)
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON document on standard output." };
        var noExpiry = new Option<bool>("--no-expiry")
        {
            Description = "Do not ask when leases end, which is a call to etcd for each.",
        };
        var flags = new FlagOptions(environment, [.. DaemonFlags.Etcd, DaemonFlags.SubnetFile]);
        return EtcdCommand.Complete(
            new Command("leases", "List the subnets and who has them.") { json, noExpiry },
            Examples,
            flags,
            async (parsed, ct) =>
            {
                using EtcdStore store = EtcdCommand.Connect(parsed, flags);
                LeaseSurvey survey = await LeaseSurvey.ReadAsync(
                    store, flags.Read(parsed).SubnetFile, withExpiry: !parsed.GetValue(noExpiry), ct);
                Write(parsed, survey, parsed.GetValue(json));
                return 0;
            });
    }

    private static void Write(ParseResult parsed, LeaseSurvey survey, bool json)
    {
        EtcdCommand.Warn(parsed, survey.Notes);
        if (!json)
        {
            LeaseView.Write(Terminal.OutputOf(parsed), survey);
            return;
        }

        var document = new LeasesDocument([.. survey.Leases.Select(ToDocument)], survey.Broken);
        parsed.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(document, CommandJson.Readable.LeasesDocument));
    }

    private static LeaseDocument ToDocument(SurveyedLease surveyed)
    {
        Lease lease = surveyed.Lease;
        return new LeaseDocument(
            lease.Subnet.Ipv4.ToString(),
            lease.Subnet.Ipv6?.ToString(),
            lease.Attributes.PublicIP.ToString(),
            lease.Attributes.PublicIPv6?.ToString(),
            surveyed.HostName,
            LeaseView.BackendOf(lease),
            lease.IsReservation,
            surveyed.ExpiresIn is { } left ? (long)left.TotalSeconds : null,
            surveyed.IsOwn);
    }
}
