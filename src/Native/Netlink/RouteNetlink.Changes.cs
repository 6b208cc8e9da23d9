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
        NetlinkBatch batch = _batch ??= new NetlinkBatch();
        batch.Clear();
        foreach (KernelChange change in changes)
        {
            if (!batch.HasRoom)
                Flush(changes, batch, results);

            NetlinkWriter request = batch.Begin(change.Type, change.Flags);
            change.Entry.Write(ref request);
            batch.End(request);
        }

        Flush(changes, batch, results);
        return results;
    }

    private void Flush(IReadOnlyList<KernelChange> changes, NetlinkBatch batch, List<ChangeResult> results)
    {
        string what = changes.Count == 1 ? changes[0].ToString() : $"make {changes.Count} changes";
        foreach (NetlinkAnswer answer in _connection.Execute(what, batch))
            results.Add(new ChangeResult(changes[results.Count], answer.Errno, answer.Detail));

        batch.Clear();
    }
}
