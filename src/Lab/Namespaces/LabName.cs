using System.Globalization;
using System.Text.RegularExpressions;

namespace FastFlannel.Lab;

/// <summary>
/// What everything of a lab that the rest of the machine can see is called: <c>ff</c>, the id of the process that owns it,
/// <c>x</c> and a number. Labs side by side keep apart, and what a dead owner left is recognised.
/// </summary>
public static partial class LabName
{
    private static int _made;

    /// <summary>A name that no other lab has, for example <c>ff4711x1</c>.</summary>
    public static string Next() =>
        string.Create(CultureInfo.InvariantCulture, $"ff{Environment.ProcessId}x{Interlocked.Increment(ref _made)}");

    /// <summary>The process that owns something, or <see langword="null"/> when the name is not a lab's.</summary>
    /// <param name="name">A name that begins with a lab's, for example <c>ff4711x1-h2</c>.</param>
    public static int? OwnerOf(string name) =>
        Pattern().Match(name) is { Success: true } match
        && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int owner)
            ? owner
            : null;

    [GeneratedRegex(@"^ff(\d+)x\d+(-|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
