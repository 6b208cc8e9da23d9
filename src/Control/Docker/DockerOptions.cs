using System.Globalization;
using System.Text;

namespace FastFlannel.Control;

/// <summary>
/// dockerd's options as variables for systemd or a shell to read, as flannel's dist/mk-docker-opts.sh writes them: one variable for
/// each option, one for all of them, or both.
/// </summary>
public sealed record DockerOptions
{
    /// <summary>What the names of the single variables begin with.</summary>
    public const string Prefix = "DOCKER_OPT_";

    /// <summary>What to tell dockerd.</summary>
    public required DockerSettings Settings { get; init; }

    /// <summary>Whether dockerd is told whether to masquerade.</summary>
    public bool WithMasquerade { get; init; } = true;

    /// <summary>Whether there is a variable for each option.</summary>
    public bool IsIndividual { get; init; } = true;

    /// <summary>The variable for all of them, or null for none.</summary>
    public string? CombinedName { get; init; } = "DOCKER_OPTS";

    /// <summary>
    /// The variables that are there already. Those whose names begin with <see cref="Prefix"/> are options like ours, and the
    /// combined one's value comes first in it.
    /// </summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The file's text.</summary>
    public string ToText()
    {
        SortedDictionary<string, string> options = Options();
        var text = new StringBuilder();
        if (IsIndividual)
        {
            foreach ((string name, string value) in options)
                Line(text, name, value);
        }

        if (CombinedName is not null)
        {
            // Two spaces behind what was there: so it is with flannel.
            string before = Environment.GetValueOrDefault(CombinedName) is { Length: > 0 } there ? $"{there} " : "";
            Line(text, CombinedName, before + string.Concat(options.Values.Select(option => $" {option}")));
        }

        return text.ToString();
    }

    private SortedDictionary<string, string> Options()
    {
        SortedDictionary<string, string> options = new(StringComparer.Ordinal);
        foreach ((string name, string value) in Environment)
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal))
                options[name] = value;
        }

        if (Settings.BridgeAddress is { } address)
            options[$"{Prefix}BIP"] = $"--bip={address}";

        if (Settings.Mtu is { } mtu)
            options[$"{Prefix}MTU"] = string.Create(CultureInfo.InvariantCulture, $"--mtu={mtu}");

        if (Settings.Masquerades is { } masquerades && WithMasquerade)
            options[$"{Prefix}IPMASQ"] = $"--ip-masq={(masquerades ? "true" : "false")}";

        return options;
    }

    private static void Line(StringBuilder text, string name, string value) =>
        text.Append(name).Append("=\"").Append(Escape(value)).Append("\"\n");

    /// <summary>What would end the quotes or be replaced between them, in a shell and in systemd alike.</summary>
    private static string Escape(string value)
    {
        var escaped = new StringBuilder(value.Length);
        foreach (char letter in value)
        {
            if (letter is '"' or '\\' or '$' or '`')
                _ = escaped.Append('\\');

            _ = escaped.Append(letter);
        }

        return escaped.ToString();
    }
}
