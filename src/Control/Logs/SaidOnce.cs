namespace FastFlannel.Control;

/// <summary>
/// Has what stays as it is said once. Whoever may write to etcd can make up ever-different things to say of it: what comes after the
/// first thousand stays unsaid, so that neither memory nor log is filled.
/// </summary>
/// <typeparam name="T">What tells one from another.</typeparam>
internal sealed class SaidOnce<T>
{
    /// <summary>How many are said.</summary>
    internal const int Most = 1000;

    private readonly HashSet<T> _said = [];

    /// <summary>Whether it is to be said now; it then counts as said.</summary>
    public bool IsNew(T what) => _said.Count < Most && _said.Add(what);
}
