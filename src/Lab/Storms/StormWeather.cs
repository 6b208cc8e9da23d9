namespace FastFlannel.Lab;

/// <summary>What happens in etcd while something is measured.</summary>
public enum StormWeather
{
    /// <summary>Nothing.</summary>
    Calm,

    /// <summary>As many writes as in a storm, where no daemon looks: what etcd itself takes from a machine that it shares.</summary>
    Elsewhere,

    /// <summary>Leases of peers change.</summary>
    Storm,
}
