namespace FastFlannel.Control;

/// <summary>The way to etcd at one moment.</summary>
/// <param name="Endpoint">The endpoint in use; null when none is.</param>
/// <param name="Connections">How often an endpoint was chosen: the first time, and each time the one before had failed.</param>
/// <param name="FailedRequests">Requests that failed or were not answered in time; each is made again by whoever made it.</param>
public sealed record EtcdStatus(Uri? Endpoint, long Connections, long FailedRequests);
