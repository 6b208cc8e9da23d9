using System.Globalization;

namespace FastFlannel.Netns.Tests;

/// <summary>Streams that perf/soak.sh runs as long as one likes, and the tests for a second or two.</summary>
internal static class Soak
{
    private const string BytesVariable = "FASTFLANNEL_SOAK_BYTES";

    /// <summary>How long a stream shall be.</summary>
    /// <param name="otherwise">Its length in bytes in a test run.</param>
    public static long Bytes(long otherwise) =>
        Environment.GetEnvironmentVariable(BytesVariable) is { Length: > 0 } given
            ? long.Parse(given, CultureInfo.InvariantCulture)
            : otherwise;

    /// <summary>Says how streams went, and fails unless all arrived as they were sent.</summary>
    /// <param name="way">What they went through; nothing for the usual way.</param>
    /// <param name="results">How they went.</param>
    public static void Judge(string way, params TransferResult[] results)
    {
        foreach (TransferResult result in results)
            TestContext.Current.SendDiagnosticMessage("soak: {0}{1}", way.Length > 0 ? $"{way}: " : "", result);

        Assert.All(results, result => Assert.True(result.Ok, result.ToString()));
    }
}
