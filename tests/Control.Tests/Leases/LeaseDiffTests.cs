using CsCheck;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class LeaseDiffTests
{
    private static readonly Gen<Dictionary<Subnet, Lease>> Snapshots =
        Gen.Select(Gen.UInt[0, 7], Gen.UInt[1, 3], Gen.Long[1, 99], Peer)
            .List[0, 8]
            .Select(leases => leases.DistinctBy(lease => lease.Subnet).ToDictionary(lease => lease.Subnet));

    private static Lease Peer(uint index, uint publicIP, long revision = 1) => new(
        new Subnet(new Ipv4Prefix(new Ipv4Address(0x0A050000 + (index << 8)), 24)),
        new LeaseAttributes { PublicIP = new Ipv4Address(publicIP) },
        EtcdLeaseId: revision,
        ModRevision: revision);

    private static Dictionary<Subnet, Lease> Snapshot(params Lease[] leases) => leases.ToDictionary(lease => lease.Subnet);

    [Fact]
    public void Added_changed_and_removed_are_told_apart()
    {
        var diff = LeaseDiff.Between(
            Snapshot(Peer(1, 1), Peer(2, 2), Peer(3, 3)),
            Snapshot(Peer(2, 2), Peer(3, 9), Peer(4, 4)));

        Assert.Equal([Peer(4, 4)], diff.Added);
        Assert.Equal([new LeaseChange(Peer(3, 3), Peer(3, 9))], diff.Changed);
        Assert.Equal([Peer(1, 1)], diff.Removed);
        Assert.False(diff.IsEmpty);
    }

    [Fact]
    public void A_renewal_is_no_change() =>
        Assert.True(LeaseDiff.Between(Snapshot(Peer(1, 1, revision: 5)), Snapshot(Peer(1, 1, revision: 9))).IsEmpty);

    [Fact] // flannel reports its own subnet as removed from the second snapshot on
    public void The_own_subnet_is_never_told()
    {
        Lease own = Peer(1, 1);

        Assert.True(LeaseDiff.Between(Snapshot(), Snapshot(own), own.Subnet).IsEmpty);
        Assert.True(LeaseDiff.Between(Snapshot(own), Snapshot(), own.Subnet).IsEmpty);
        Assert.True(LeaseDiff.Between(Snapshot(own), Snapshot(Peer(1, 7)), own.Subnet).IsEmpty);
    }

    [Fact]
    public void The_diff_applied_to_the_old_gives_the_new() =>
        Gen.Select(Snapshots, Snapshots).Sample((older, newer) =>
        {
            var diff = LeaseDiff.Between(older, newer);
            var applied = older.ToDictionary(pair => pair.Key, pair => pair.Value.Attributes);
            foreach (Lease lease in diff.Removed)
                Assert.True(applied.Remove(lease.Subnet));

            foreach (LeaseChange change in diff.Changed)
                applied[change.New.Subnet] = change.New.Attributes;

            foreach (Lease lease in diff.Added)
                applied.Add(lease.Subnet, lease.Attributes);

            Assert.Equal(newer.ToDictionary(pair => pair.Key, pair => pair.Value.Attributes), applied);
        });
}
