namespace FastFlannel.Native;

// Many changes at once.
public sealed partial class RouteNetlink
{
    /// <summary>
    /// Makes changes in their order, many with one system call. A change that the kernel refuses does not keep the following from
    /// being made.
    /// </summary>
    /// <param name="changes">As many as one likes.</param>
    /// <returns>What became of each, in the same order.</returns>
    /// <exception cref="SysException">The socket failed; some of the changes may have been made.</exception>
    public IReadOnlyList<ChangeResult> Apply(IReadOnlyList<KernelChange> changes)
    {
        var results = new List<ChangeResult>(changes.Count);
        _batch.Clear();
        foreach (KernelChange change in changes)
        {
            if (!_batch.HasRoom)
                Flush(changes, results);

            NetlinkWriter request = _batch.Begin(change.Type, change.Flags);
            change.Entry.Write(ref request);
            _batch.End(request);
        }

        Flush(changes, results);
        return results;
    }

    private void Flush(IReadOnlyList<KernelChange> changes, List<ChangeResult> results)
    {
        string what = changes.Count == 1 ? changes[0].ToString() : $"make {changes.Count} changes";
        foreach (NetlinkAnswer answer in _connection.Execute(what, _batch))
            results.Add(new ChangeResult(changes[results.Count], answer.Errno, answer.Detail));

        _batch.Clear();
    }
}
