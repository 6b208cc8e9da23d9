using System.Globalization;

namespace FastFlannel.Daemon;

/// <summary>The flags' values while the command line and the environment are read.</summary>
internal sealed class FlagValues
{
    private readonly Dictionary<string, List<string>> _given = [];
    private readonly HashSet<string> _fromEnvironment = [];

    /// <summary>Whether the flag has been given a value, be it the default's.</summary>
    public bool IsGiven(Flag flag) => _given.ContainsKey(flag.Name);

    /// <summary>Whether its value is the environment's.</summary>
    public bool IsFromEnvironment(Flag flag) => _fromEnvironment.Contains(flag.Name);

    /// <summary>Whether its value means the same as not giving it.</summary>
    public bool IsDefault(Flag flag) => !IsGiven(flag) || (flag.Kind != FlagKind.List && Text(flag) == flag.Default);

    /// <summary>Gives the flag a value: one more for a list, else instead of the one before.</summary>
    /// <returns>Whether the text is a value for this flag.</returns>
    public bool TrySet(Flag flag, string text)
    {
        if (!flag.TryNormalize(text, out string value))
            return false;

        if (flag.Kind == FlagKind.List && _given.TryGetValue(flag.Name, out List<string>? values))
            values.Add(value);
        else
            _given[flag.Name] = [value];

        return true;
    }

    /// <summary>As <see cref="TrySet"/>, and remembers that it was the environment.</summary>
    public bool TrySetFromEnvironment(Flag flag, string text)
    {
        bool isSet = TrySet(flag, text);
        if (isSet)
            _fromEnvironment.Add(flag.Name);

        return isSet;
    }

    /// <summary>A list's values, none by default.</summary>
    public IReadOnlyList<string> List(Flag flag) => _given.TryGetValue(flag.Name, out List<string>? values) ? values : [];

    /// <summary>A value as text.</summary>
    public string Text(Flag flag) => _given.TryGetValue(flag.Name, out List<string>? values) ? values[^1] : flag.Default;

    /// <summary>A number's value.</summary>
    public int Number(Flag flag) => int.Parse(Text(flag), CultureInfo.InvariantCulture);

    /// <summary>Whether a switch is on.</summary>
    public bool IsOn(Flag flag) => Text(flag) == "true";
}
