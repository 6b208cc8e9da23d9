using System.CommandLine;
using System.Text;
using FastFlannel.Control;

namespace FastFlannel.Daemon;

/// <summary><c>fastflannel config get</c>.</summary>
internal static class ConfigGetCommand
{
    private const string Examples =
        """
        Examples:
          fastflannel config get                              laid out to be read
          fastflannel config get --raw > config.json          to the byte as it is in etcd
          fastflannel config get --etcd-endpoints https://10.0.0.1:2379 --etcd-cafile ca.pem
        """;

    /// <summary>Makes the command.</summary>
    /// <param name="environment">Looks an environment variable up; null when there is none.</param>
    public static Command Create(Func<string, string?> environment)
    {
        var raw = new Option<bool>("--raw") { Description = "Print the bytes as they are in etcd." };
        var flags = new FlagOptions(environment, DaemonFlags.Etcd);
        return EtcdCommand.Complete(
            new Command("get", "Print the network config.") { raw },
            Examples,
            flags,
            async (parsed, ct) =>
            {
                using EtcdStore store = EtcdCommand.Connect(parsed, flags);
                await RunAsync(parsed, store, parsed.GetValue(raw), ct);
                return 0;
            });
    }

    private static async Task RunAsync(ParseResult parsed, EtcdStore store, bool raw, CancellationToken cancellation)
    {
        var config = new ConfigStore(store);
        ReadOnlyMemory<byte> stored = await config.ReadAsync(cancellation);
        if (raw)
        {
            await using Stream output = Console.OpenStandardOutput();
            await output.WriteAsync(stored, cancellation);
            return;
        }

        string text = Encoding.UTF8.GetString(stored.Span);
        string indented = ConfigView.Indent(text) ?? throw new AdministrationException(
            $"{config.Key} is not JSON: {text}\n--raw prints it as it is; fastflannel config set replaces it");
        parsed.InvocationConfiguration.Output.WriteLine(indented);
    }
}
