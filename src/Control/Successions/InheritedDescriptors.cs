using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// Descriptors of an earlier run, by the names of <see cref="KeptDescriptors"/>. A backend adopts what fits its plan; the rest is
/// closed with this, once packets need it no more.
/// </summary>
/// <param name="byName">The descriptors.</param>
/// <param name="discard">Has nobody else hold them any more.</param>
public sealed class InheritedDescriptors(IReadOnlyDictionary<string, PassedDescriptor> byName, Action discard) : IDisposable
{
    private readonly Dictionary<string, PassedDescriptor> _left = new(byName);

    /// <summary>What a first start has.</summary>
    public static InheritedDescriptors None { get; } = new(new Dictionary<string, PassedDescriptor>(), static () => { });

    /// <summary>Whether there never were any.</summary>
    public bool IsEmpty => byName.Count == 0;

    /// <summary>All of a kind, in their order.</summary>
    public IReadOnlyList<PassedDescriptor> Of(string kind)
    {
        List<PassedDescriptor> found = [];
        while (_left.TryGetValue(KeptDescriptors.NameOf(kind, found.Count), out PassedDescriptor? next))
            found.Add(next);

        return found;
    }

    /// <summary>As <see cref="Of"/>; closing them is up to the caller from here on.</summary>
    public IReadOnlyList<PassedDescriptor> Take(string kind)
    {
        IReadOnlyList<PassedDescriptor> taken = Of(kind);
        for (int i = 0; i < taken.Count; i++)
            _ = _left.Remove(KeptDescriptors.NameOf(kind, i));

        return taken;
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
        foreach (PassedDescriptor descriptor in _left.Values)
            descriptor.Dispose();
    }
}
