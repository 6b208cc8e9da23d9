namespace FastFlannel.Control;

/// <summary>Whether this host still holds its subnet. Going on with one that another host uses would break both.</summary>
internal static class OwnLease
{
    /// <summary>Checks what etcd has under the own subnet's key.</summary>
    /// <param name="held">The lease this host believes to hold.</param>
    /// <param name="current">What etcd has now, or null for nothing.</param>
    /// <returns>The lease as etcd has it.</returns>
    /// <exception cref="FatalException">It is gone, or another host's.</exception>
    public static Lease Check(Lease held, Lease? current)
    {
        if (current is null)
        {
            throw new FatalException(
                $"the lease of {held.Subnet} has been revoked or has expired; start again to get it or another one");
        }

        if (current.Attributes.PublicIP != held.Attributes.PublicIP)
        {
            throw new FatalException(
                $"the subnet {held.Subnet} of this host ({held.Attributes.PublicIP}) is leased to {current.Attributes.PublicIP} by now; "
                + "start again to get another one");
        }

        return current;
    }
}
