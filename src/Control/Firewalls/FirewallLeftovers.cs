namespace FastFlannel.Control;

/// <summary>The firewall rules that a daemon leaves when it ends, of whichever mode.</summary>
public static class FirewallLeftovers
{
    /// <summary>Finds them.</summary>
    /// <param name="file">What subnet.env says: only rules about its networks are found, or every daemon's when it names none.</param>
    /// <returns>Each on a line.</returns>
    /// <exception cref="FirewallException">The rules cannot be read.</exception>
    public static IReadOnlyList<string> Find(PreviousSubnet file)
    {
        List<string> found = [];
        ForEach(file, found.Add, isDry: true);
        return found;
    }

    /// <summary>Removes them.</summary>
    /// <param name="file">As for <see cref="Find"/>.</param>
    /// <param name="removed">Told after each that is gone.</param>
    /// <exception cref="FirewallException">One cannot be removed; what came before is gone.</exception>
    public static void Remove(PreviousSubnet file, Action<string> removed) => ForEach(file, removed, isDry: false);

    private static void ForEach(PreviousSubnet file, Action<string> act, bool isDry)
    {
        FirewallTools tools = new();
        IReadOnlyList<FirewallFamily>? families = FirewallFamily.Of(file);
        IptablesFirewall.Remove(tools, families, act, isDry);
        NftablesFirewall.Remove(tools, families, act, isDry);
    }
}
