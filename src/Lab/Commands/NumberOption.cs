using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace FastFlannel.Lab;

/// <summary>Options that take a whole number within limits.</summary>
internal static class NumberOption
{
    /// <summary>Makes one.</summary>
    /// <param name="name">With its dashes.</param>
    /// <param name="description">What the number is, without a full stop; the limits are appended.</param>
    /// <param name="usual">The value when it is not given.</param>
    /// <param name="min">The smallest.</param>
    /// <param name="max">The largest.</param>
    public static Option<int> Create(string name, string description, int usual, int min, int max)
    {
        return new Option<int>(name)
        {
            Description = $"{description}, {min} to {max}.",
            HelpName = "N",
            DefaultValueFactory = _ => usual,
            CustomParser = Read,
        };

        int Read(ArgumentResult given)
        {
            string text = given.Tokens[0].Value;
            bool isNumber = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value);
            if (!isNumber || value < min || value > max)
                given.AddError($"{name} {text} is out of range: expected a whole number from {min} to {max}");

            return value;
        }
    }
}
