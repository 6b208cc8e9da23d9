namespace FastFlannel.Daemon;

/// <summary>
/// Numbers and booleans as Go's strconv reads them, so that a command line means to this daemon what it means to flanneld.
/// </summary>
internal static class GoValues
{
    /// <summary>strconv.ParseBool: <c>1 t T TRUE true True 0 f F FALSE false False</c> and nothing else.</summary>
    public static bool TryParseBoolean(string text, out bool value)
    {
        value = text is "1" or "t" or "T" or "TRUE" or "true" or "True";
        return value || text is "0" or "f" or "F" or "FALSE" or "false" or "False";
    }

    /// <summary>
    /// strconv.ParseInt with base 0, without its underscores: decimal, <c>0x</c>, <c>0o</c>, <c>0b</c>, and octal after a lone
    /// <c>0</c>; a sign in front.
    /// </summary>
    public static bool TryParseInt32(string text, out int value)
    {
        value = 0;
        bool isNegative = text.StartsWith('-');
        ReadOnlySpan<char> digits = text.AsSpan(isNegative || text.StartsWith('+') ? 1 : 0);
        int numberBase = TakeBase(ref digits);
        if (digits.IsEmpty)
            return false;

        long magnitude = 0;
        foreach (char c in digits)
        {
            int digit = DigitOf(c);
            magnitude = (magnitude * numberBase) + digit;
            if (digit >= numberBase || magnitude > int.MaxValue + (isNegative ? 1L : 0))
                return false;
        }

        value = (int)(isNegative ? -magnitude : magnitude);
        return true;
    }

    /// <summary>0 to 15, or a number that is no digit in any base.</summary>
    private static int DigitOf(char c) => char.ToLowerInvariant(c) switch
    {
        >= '0' and <= '9' and var digit => digit - '0',
        >= 'a' and <= 'f' and var digit => digit - 'a' + 10,
        _ => int.MaxValue,
    };

    private static int TakeBase(ref ReadOnlySpan<char> digits)
    {
        if (digits.Length < 2 || digits[0] != '0')
            return 10;

        int numberBase = char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 };
        digits = digits[(numberBase == 0 ? 1 : 2)..];
        return numberBase == 0 ? 8 : numberBase;
    }
}
