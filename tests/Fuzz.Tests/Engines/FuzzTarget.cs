namespace FastFlannel.Fuzz.Tests;

/// <summary>A parser's turn: reads an input and sees to it that all that must hold does.</summary>
/// <param name="input">The input, directly before a page that nobody may touch. The check may write to it.</param>
/// <returns>What became of it, in a word or two. The first input with another answer than all before is worth mutating.</returns>
internal delegate string FuzzCheck(Span<byte> input);

/// <summary>A parser with what must hold whatever it is given. Its corpus is the directory of its name.</summary>
/// <param name="Name">In lower case with dashes.</param>
/// <param name="Check">Throws when something does not hold, or when the parser throws what its docstring does not name.</param>
internal sealed record FuzzTarget(string Name, FuzzCheck Check)
{
    /// <summary>
    /// Sets lengths and checksums right, for half of the inputs: a mutation of one byte would else come no further than those.
    /// </summary>
    public Func<byte[], byte[]>? Repair { get; init; }

    /// <summary>Words of the language that is parsed.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>How many times fewer inputs it gets than a plain one, because each takes so much longer.</summary>
    public int Cost { get; init; } = 1;

    /// <summary>Bytes of an input at most.</summary>
    public int Longest { get; init; } = 2048;

    public override string ToString() => Name;
}
