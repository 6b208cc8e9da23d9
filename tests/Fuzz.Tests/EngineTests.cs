namespace FastFlannel.Fuzz.Tests;

/// <summary>The fuzzer itself: it finds what is there to be found, and says how to see it again.</summary>
public sealed class EngineTests : IDisposable
{
    private readonly string _findings = Directory.CreateTempSubdirectory("fffind").FullName;

    public void Dispose() => Directory.Delete(_findings, recursive: true);

    [Fact]
    public void A_parser_that_trusts_a_length_is_found_and_its_input_kept()
    {
        FuzzTarget target = new("packet-view", input => input.Length > 8 ? $"{input[input[4]]}" : "short");
        BrokenException error = Assert.Throws<BrokenException>(() => Run(target, seed: 1));

        string kept = Assert.Single(Directory.GetFiles(_findings));
        Assert.Contains(kept, error.Message, StringComparison.Ordinal);
        Assert.ThrowsAny<IndexOutOfRangeException>(() => target.Check(File.ReadAllBytes(kept)));
    }

    [Fact]
    public void The_same_seed_makes_the_same_inputs_and_another_makes_others()
    {
        Assert.Equal(InputsOf(seed: 1), InputsOf(seed: 1));
        Assert.NotEqual(InputsOf(seed: 1), InputsOf(seed: 2));
        Assert.Empty(Directory.GetFiles(_findings));
    }

    private List<string> InputsOf(int seed)
    {
        List<string> inputs = [];
        Run(new FuzzTarget("packet-view", input =>
        {
            inputs.Add(Convert.ToHexString(input));
            return $"{input.Length}";
        }), seed);
        return inputs;
    }

    private void Run(FuzzTarget target, int seed)
    {
        using var run = new FuzzRun(target, new FuzzSettings(2000, seed, _findings));
        run.Run();
    }
}
