using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// Descriptors of an earlier run, by the names of <see cref="KeptDescriptors"/>. A backend adopts what fits its plan; the rest is
/// closed with this.
/// </summary>
/// <param name="byName">The descriptors.</param>
/// <param name="discard">Has nobody else hold them any more.</param>
public sealed class InheritedDescriptors(IReadOnlyDictionary<string, PassedDescriptor> byName, Action discard) : IDisposable
{
    /// <summary>What a first start has.</summary>
    public static InheritedDescriptors None { get; } = new(new Dictionary<string, PassedDescriptor>(), static () => { });

    /// <summary>Whether there are any.</summary>
    public bool IsEmpty => byName.Count == 0;

    /// <summary>All of a kind, in their order.</summary>
    public IReadOnlyList<PassedDescriptor> Of(string kind)
    {
        List<PassedDescriptor> found = [];
        while (byName.TryGetValue(KeptDescriptors.NameOf(kind, found.Count), out PassedDescriptor? next))
            found.Add(next);

        return found;
    }

    /// <summary>Closes all of them everywhere, a daemon that holds them ends: what they stand for is gone when this returns, or soon after.</summary>
    public void Discard()
    {
        Dispose();
        discard();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PassedDescriptor descriptor in byName.Values)
            descriptor.Dispose();
    }
}
