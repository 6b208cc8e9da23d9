using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace FastFlannel.Fuzz.Tests;

/// <summary>What must hold for every input.</summary>
internal static class Hold
{
    /// <summary>Fails with the condition's own words.</summary>
    public static void That([DoesNotReturnIf(false)] bool condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        if (!condition)
            throw new BrokenException($"does not hold: {what}");
    }

    /// <summary>Fails unless both are the same.</summary>
    public static void Same<T>(T expected, T actual, [CallerArgumentExpression(nameof(actual))] string what = "")
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new BrokenException($"{what} is {actual}, expected {expected}");
    }

    /// <summary>Fails unless both are the same bytes.</summary>
    public static void Same(byte[] expected, byte[] actual, string what) => Same(expected.AsSpan(), actual, what);

    /// <summary>Fails unless both are the same bytes.</summary>
    public static void Same(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, string what)
    {
        if (!expected.SequenceEqual(actual))
        {
            throw new BrokenException(
                $"{what}: {Convert.ToHexStringLower(actual)}, expected {Convert.ToHexStringLower(expected)}, "
                + $"which differs at byte {expected.CommonPrefixLength(actual)}");
        }
    }
}

/// <summary>Something does not hold.</summary>
internal sealed class BrokenException : Exception
{
    public BrokenException(string message)
        : base(message)
    {
    }

    public BrokenException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
