namespace FastFlannel.Router;

/// <summary>
/// The one place where control plane and data plane meet: a snapshot that the one swaps whole and the other reads once a batch.
/// </summary>
public sealed class CurrentRoutes
{
    private RouteTable _table = RouteTable.Empty;

    /// <summary>The snapshot in force.</summary>
    public RouteTable Table
    {
        get => Volatile.Read(ref _table);
        set => Volatile.Write(ref _table, value);
    }
}
