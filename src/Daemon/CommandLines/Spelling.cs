namespace FastFlannel.Daemon;

/// <summary>Finds what somebody meant who mistyped a name.</summary>
internal static class Spelling
{
    // One letter too many, missing, wrong, or two of these: more is another word.
    private const int MostEdits = 2;

    /// <summary>The name that is most like a word, or null if none is.</summary>
    public static string? Nearest(string word, IEnumerable<string> names)
    {
        (string Name, int Edits)[] near =
        [
            .. names.Select(name => (Name: name, Edits: Edits(word, name)))
                .Where(one => one.Edits <= MostEdits && one.Edits < one.Name.Length / 2)
                .OrderBy(one => one.Edits),
        ];
        return near.Length == 0 ? null : near[0].Name;
    }

    /// <summary>How many letters must be put in, taken out or changed to make one of the other (Levenshtein's distance).</summary>
    private static int Edits(string one, string other)
    {
        int[] row = [.. Enumerable.Range(0, other.Length + 1)];
        for (int i = 0; i < one.Length; i++)
        {
            int diagonal = row[0]++;
            for (int j = 0; j < other.Length; j++)
            {
                int changed = diagonal + (one[i] == other[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(changed, Math.Min(diagonal, row[j]) + 1);
            }
        }

        return row[^1];
    }
}
