namespace FastFlannel.Native;

/// <summary>Decimal numbers of nothing but digits. The class library's parser takes zero characters behind them as well.</summary>
internal static class Digits
{
    /// <summary>Reads a number.</summary>
    /// <param name="text">The text.</param>
    /// <param name="highest">The highest that is taken, up to 10^8.</param>
    /// <param name="number">The number.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, int highest, out int number)
    {
        number = 0;
        foreach (char digit in text)
        {
            if (!char.IsAsciiDigit(digit))
                return false;

            number = (number * 10) + (digit - '0');
            if (number > highest)
                return false;
        }

        return text.Length > 0;
    }
}
