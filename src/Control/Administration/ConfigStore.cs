using Etcdserverpb;
using Google.Protobuf;
using Mvccpb;

namespace FastFlannel.Control;

/// <summary>The network config in etcd, for the operator who reads and replaces it.</summary>
public sealed class ConfigStore
{
    private const int MostShown = 20;

    private readonly EtcdStore _store;

    /// <summary>Works on the config of one network.</summary>
    public ConfigStore(EtcdStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
    }

    /// <summary>Where it is.</summary>
    public string Key => EtcdKeys.Config(_store.Settings.Prefix);

    /// <summary>Reads it.</summary>
    /// <returns>Its bytes as they are.</returns>
    /// <exception cref="AdministrationException">There is none.</exception>
    /// <exception cref="EtcdException">etcd failed.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellation)
    {
        KeyValue? pair = await _store.GetPairAsync(Key, cancellation);
        return pair?.Value.Memory ?? throw new AdministrationException(
            $"there is no network config in etcd, at {Key}; make one: fastflannel config set '{{\"Network\":\"10.5.0.0/16\"}}'");
    }

    /// <summary>Writes it, unless somebody else does so meanwhile.</summary>
    /// <param name="text">The new config.</param>
    /// <param name="force">Whether leases may be left without a place in it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>What has changed; nothing, and nothing was written, when it says the same already.</returns>
    /// <exception cref="AdministrationException">It was not written: it has problems, or leaves leases without a place.</exception>
    /// <exception cref="EtcdException">etcd failed.</exception>
    public async Task<IReadOnlyList<ConfigChange>> SetAsync(string text, bool force, CancellationToken cancellation)
    {
        ConfigCheck check = ConfigCheck.Of(text);
        if (check.Config is not { } config)
            throw new AdministrationException(DescribeProblems("the new network config", check.Problems));

        KeyValue? before = await _store.GetPairAsync(Key, cancellation);
        string? old = before?.Value.ToStringUtf8();
        IReadOnlyList<ConfigChange> changes = ConfigChange.Between(old, text);
        if (changes.Count == 0)
            return changes;

        if (!force)
            await RefuseToStrandAsync(config, old, cancellation);

        // Leases are not compared: a daemon that read the old config a moment ago may take one a moment later anyway.
        var unchanged = new Compare
        {
            Key = ByteString.CopyFromUtf8(Key),
            Target = Compare.Types.CompareTarget.Mod,
            Result = Compare.Types.CompareResult.Equal,
            ModRevision = before?.ModRevision ?? 0,
        };
        var put = new PutRequest { Key = unchanged.Key, Value = ByteString.CopyFromUtf8(text) };
        return await _store.TransactAsync(unchanged, new RequestOp { RequestPut = put }, cancellation) is not null
            ? changes
            : throw new AdministrationException(
                $"{Key} was changed by somebody else in this moment and is left as it is now; see it with fastflannel config get, "
                + "then set it again");
    }

    /// <summary>Every problem of a config under a heading.</summary>
    /// <param name="what">Which config.</param>
    /// <param name="problems">One line each.</param>
    public static string DescribeProblems(string what, IReadOnlyList<string> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        return $"{what} has {Count(problems.Count, "problem")}:{string.Concat(problems.Select(problem => $"\n  - {problem}"))}";
    }

    /// <summary>Refuses a config in which leases have no place any more that had one in the config before.</summary>
    private async Task RefuseToStrandAsync(NetworkConfig config, string? old, CancellationToken cancellation)
    {
        LeaseList list = await new LeaseRegistry(_store).ListAsync(cancellation);
        NetworkConfig? before = old is null ? null : NetworkConfigReader.Read(old).Value;
        Lease[] stranded =
        [
            .. from lease in list.Leases
               where !SubnetAllocator.IsCompatible(config, lease.Subnet)
                   && (before is null || SubnetAllocator.IsCompatible(before, lease.Subnet))
               select lease,
        ];
        if (stranded.Length == 0)
            return;

        OwnerMarks marks = await OwnerMarks.ReadAsync(_store, cancellation);
        string more = stranded.Length > MostShown ? $"\n  ... and {stranded.Length - MostShown} more" : "";
        IEnumerable<string> shown = stranded.Take(MostShown)
            .Select(lease => $"\n  - {lease.Subnet} of {marks.Describe(lease.Attributes.PublicIP)}");
        throw new AdministrationException(
            $"{stranded.Length} of {Count(list.Leases.Count, "lease")} would have no place in the new network config, which wants "
            + $"{SubnetAllocator.DescribeRange(config)}:{string.Concat(shown)}{more}"
            + "\nEach of these hosts would get another subnet when its daemon starts again, and its containers other addresses. "
            + "Nothing was written; --force writes it all the same");
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
