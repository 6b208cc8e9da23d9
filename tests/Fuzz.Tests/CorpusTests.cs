namespace FastFlannel.Fuzz.Tests;

public class CorpusTests
{
    private static IEnumerable<FuzzTarget> All => FuzzTargets.DataPlane.Concat(FuzzTargets.ControlPlane);

    [Fact]
    public void Every_target_has_a_corpus_and_every_corpus_a_target() =>
        Assert.Equal(All.Select(target => target.Name).Order(), Corpus.Names.Order());

    [Fact]
    public void Every_corpus_has_several_inputs_that_fit() => Assert.All(All, target =>
    {
        IReadOnlyList<(string Name, byte[] Bytes)> inputs = Corpus.Of(target.Name);
        Assert.True(inputs.Count >= 2, $"{target} has {inputs.Count}");
        Assert.All(inputs, input => Assert.True(input.Bytes.Length <= target.Longest, $"{target}: {input.Name} is too long"));
    });
}
