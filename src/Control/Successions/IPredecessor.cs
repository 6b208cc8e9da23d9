namespace FastFlannel.Control;

/// <summary>
/// The daemon that has carried this host's packets so far, if one still runs: it stands by, lets go, and leaves, in this order. Called
/// by one thread, and a daemon that does not run is asked in vain (docs/adr/0017-hand-over.md).
/// </summary>
public interface IPredecessor
{
    /// <summary>Who stands by, as its owner mark names it; null when nobody does.</summary>
    string? Identity { get; }

    /// <summary>
    /// Has it stand by: it changes nothing any more, in etcd or in the kernel, and carries packets on. Gives what it held, or what
    /// somebody has kept of one that has ended.
    /// </summary>
    /// <exception cref="FatalException">One runs and cannot be followed.</exception>
    InheritedDescriptors Take();

    /// <summary>Has it carry no more packets; they wait in the kernel from here on.</summary>
    /// <exception cref="FatalException">It no longer waits for this process, and carries on by itself.</exception>
    void Release();

    /// <summary>Has it end: this process carries the packets.</summary>
    void Leave();
}
