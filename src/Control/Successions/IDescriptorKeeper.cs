using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>Somebody who holds descriptors open while no daemon runs: a service manager, a supervisor, or nobody at all.</summary>
public interface IDescriptorKeeper
{
    /// <summary>What it has held since before this process began.</summary>
    IEnumerable<string> Names { get; }

    /// <summary>Has it hold a descriptor, instead of what it has under the name.</summary>
    void Keep(string name, Descriptor descriptor);

    /// <summary>Has it close what it has under a name.</summary>
    void Forget(string name);
}
