namespace FastFlannel.Lab;

/// <summary>A key of etcd.</summary>
/// <param name="Key">The whole key.</param>
/// <param name="Value">Its value, as text.</param>
/// <param name="LeaseId">The etcd lease it lives on; 0 for none.</param>
public sealed record EtcdEntry(string Key, string Value, long LeaseId);
