using System.Security.Cryptography;
using System.Text;
using FastFlannel.Native;

namespace FastFlannel.Fuzz.Tests;

/// <summary>
/// One target's run: the corpus as it is, then so many mutations of it. No compiler tells which branches an input took; so what a
/// check says has become of it stands in for that, and an input with a new answer joins those that are mutated.
/// </summary>
internal sealed class FuzzRun(FuzzTarget target, FuzzSettings settings) : IDisposable
{
    private const byte Canary = 0xA5;
    private const int CanaryBytes = 64;

    private readonly GuardedBuffer _memory = new(target.Longest + CanaryBytes);
    private readonly HashSet<string> _outcomes = new(StringComparer.Ordinal);
    private readonly List<byte[]> _pool = [];

    /// <summary>Everything that became of inputs.</summary>
    public IReadOnlyCollection<string> Outcomes => _outcomes;

    /// <summary>Runs it.</summary>
    /// <exception cref="BrokenException">Something does not hold; the message says for which input, and how to run it again.</exception>
    public void Run()
    {
        using var note = new CrashNote(settings.Findings, target);
        foreach ((string name, byte[] bytes) in Corpus.Of(target.Name))
        {
            _ = Try(note, bytes, $"the corpus's {name}");
            _pool.Add(bytes);
        }

        // Not by the string's own hash, which is another in every process.
        var random = new Random(settings.Seed ^ BitConverter.ToInt32(SHA256.HashData(Encoding.UTF8.GetBytes(target.Name))));
        var mutator = new Mutator(random, target.Words, target.Longest);
        for (int i = 0; i < settings.Inputs / target.Cost; i++)
        {
            byte[] input = mutator.Mutate(_pool);
            if (target.Repair is { } repair && random.Next(2) == 0)
                input = repair(input);

            if (Try(note, input, $"input {i} of seed {settings.Seed}"))
                _pool.Add(input);
        }
    }

    public void Dispose() => _memory.Dispose();

    /// <returns>Whether nothing has become of any input before what became of this one.</returns>
    private bool Try(CrashNote note, byte[] bytes, string origin)
    {
        note.Write(bytes);
        Span<byte> room = _memory.Last(bytes.Length + CanaryBytes);
        room[..CanaryBytes].Fill(Canary);
        Span<byte> input = room[CanaryBytes..];
        bytes.CopyTo(input);
        try
        {
            bool isNew = _outcomes.Add(target.Check(input));
            Hold.That(!room[..CanaryBytes].ContainsAnyExcept(Canary), "nothing before the input is written to");
            return isNew;
        }
        catch (Exception e)
        {
            throw new BrokenException($"{target.Name}, {origin}: {e.GetType().Name}: {e.Message}\n{Keep(bytes)}", e);
        }
    }

    private string Keep(byte[] bytes)
    {
        _ = Directory.CreateDirectory(settings.Findings);
        string file = Path.Combine(settings.Findings, $"{target.Name}-{Convert.ToHexStringLower(SHA256.HashData(bytes))[..12]}");
        File.WriteAllBytes(file, bytes);
        return $"The input is {file} ({bytes.Length} bytes). Copied to tests/Fuzz.Tests/Corpora/{target.Name}/ it is run by every test "
            + $"run: perf/fuzz.sh --target {target.Name} --inputs 0";
    }
}
