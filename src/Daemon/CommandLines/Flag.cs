using System.Globalization;

namespace FastFlannel.Daemon;

/// <summary>One flag of the command line.</summary>
/// <param name="Name">Its name without dashes.</param>
/// <param name="Kind">What its value is.</param>
/// <param name="Default">The value when it is not given, as <see cref="TryNormalize"/> gives it.</param>
/// <param name="Help">One line for the usage text.</param>
internal sealed record Flag(string Name, FlagKind Kind, string Default, string Help)
{
    /// <summary>
    /// What to do instead, for a flag that this release refuses unless it has its default; null for one that it accepts.
    /// </summary>
    public string? Instead { get; init; }

    /// <summary>Whether its value must never be shown.</summary>
    public bool IsSecret { get; init; }

    /// <summary>The environment variable that stands in for the flag.</summary>
    public string EnvironmentName => "FLANNELD_" + Name.Replace('-', '_').ToUpperInvariant();

    /// <summary>What a value must be, for error messages.</summary>
    public string Expected => Kind switch
    {
        FlagKind.Number => "a whole number",
        FlagKind.Switch => "true or false",
        _ => "text",
    };

    /// <summary>Brings a value into the one form that values are compared in: decimal, <c>true</c>, <c>false</c>.</summary>
    /// <param name="text">The value as it was given.</param>
    /// <param name="value">The value in that form.</param>
    /// <returns>Whether the text is a value for this flag.</returns>
    public bool TryNormalize(string text, out string value)
    {
        value = text;
        switch (Kind)
        {
            case FlagKind.Number when GoValues.TryParseInt32(text, out int number):
                value = number.ToString(CultureInfo.InvariantCulture);
                return true;
            case FlagKind.Switch when GoValues.TryParseBoolean(text, out bool boolean):
                value = boolean ? "true" : "false";
                return true;
            default:
                return Kind is FlagKind.Text or FlagKind.List;
        }
    }
}
