using System.Globalization;

namespace FastFlannel.Fuzz.Tests;

/// <summary>How much is tried, and with what: the same in every run, unless perf/fuzz.sh says otherwise.</summary>
/// <param name="Inputs">Mutated inputs of a target that is not dear.</param>
/// <param name="Seed">What they are made from.</param>
/// <param name="Findings">The directory that receives inputs which something does not hold for.</param>
internal sealed record FuzzSettings(int Inputs, int Seed, string Findings)
{
    private const int UsualInputs = 20_000;
    private const int UsualSeed = 1;

    /// <summary>
    /// What <c>FASTFLANNEL_FUZZ_INPUTS</c>, <c>FASTFLANNEL_FUZZ_SEED</c> and <c>FASTFLANNEL_FUZZ_FINDINGS</c> say.
    /// </summary>
    public static FuzzSettings Current { get; } = new(
        Number("FASTFLANNEL_FUZZ_INPUTS", UsualInputs),
        Number("FASTFLANNEL_FUZZ_SEED", UsualSeed),
        Text("FASTFLANNEL_FUZZ_FINDINGS") ?? Path.Combine(Path.GetTempPath(), "fastflannel-fuzz"));

    private static string? Text(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } given ? given : null;

    private static int Number(string name, int otherwise) =>
        Text(name) is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : otherwise;
}
