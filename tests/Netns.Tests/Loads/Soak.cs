using System.Globalization;

namespace FastFlannel.Netns.Tests;

/// <summary>What perf/soak.sh runs as long as one likes, and the tests for a second or two.</summary>
internal static class Soak
{
    private const string BytesVariable = "FASTFLANNEL_SOAK_BYTES";
    private const string DatagramsVariable = "FASTFLANNEL_SOAK_DATAGRAMS";

    /// <summary>How long a stream shall be.</summary>
    /// <param name="otherwise">Its length in bytes in a test run.</param>
    public static long Bytes(long otherwise) => Number(BytesVariable, otherwise);

    /// <summary>How many datagrams of rubbish there shall be.</summary>
    /// <param name="otherwise">Their number in a test run.</param>
    public static long Datagrams(long otherwise) => Number(DatagramsVariable, otherwise);

    /// <summary>Says how something went.</summary>
    public static void Say(string what) => TestContext.Current.SendDiagnosticMessage("soak: {0}", what);

    /// <summary>Says how streams went, and fails unless all arrived as they were sent.</summary>
    /// <param name="way">What they went through; nothing for the usual way.</param>
    /// <param name="results">How they went.</param>
    public static void Judge(string way, params TransferResult[] results)
    {
        foreach (TransferResult result in results)
            Say($"{(way.Length > 0 ? $"{way}: " : "")}{result}");

        Assert.All(results, result => Assert.True(result.Ok, result.ToString()));
    }

    private static long Number(string variable, long otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given
            ? long.Parse(given, CultureInfo.InvariantCulture)
            : otherwise;
}
