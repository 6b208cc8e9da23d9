namespace FastFlannel.Control;

/// <summary>A user of etcd.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Password">Its password, which nothing prints.</param>
public sealed record EtcdUser(string Name, string Password)
{
    /// <summary>The name alone: a record would print all of its fields.</summary>
    public override string ToString() => Name;
}
