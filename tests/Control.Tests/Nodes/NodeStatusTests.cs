using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class NodeStatusTests
{
    private static readonly Subnet Subnet = new(Ipv4Prefix.Parse("10.5.1.0/24"));

    private readonly NodeStatus _status = new();
    private TimeSpan? _left = TimeSpan.FromMinutes(30);

    public NodeStatusTests() =>
        _status.ShowLease(() => new LeaseStatus(Subnet, Ipv4Address.Parse("192.168.77.1"), null, _left));

    [Fact]
    public void A_failed_renewal_is_told_and_no_obstacle_until_the_lease_has_run_out()
    {
        _status.ReportLease("no answer");
        Assert.Null(_status.Obstacle);
        Assert.Equal(["no answer"], _status.Troubles);
        _left = TimeSpan.Zero;
        Assert.Equal("the lease of 10.5.1.0/24 has run out", _status.Obstacle);
        Assert.Equal(["the lease of 10.5.1.0/24 has run out", "no answer"], _status.Troubles);
        _status.ReportLease(null);
        _left = TimeSpan.FromHours(24);
        Assert.Null(_status.Obstacle);
        Assert.Empty(_status.Troubles);
        Assert.Equal((1L, 1L), (_status.Renewals, _status.FailedRenewals));
    }

    [Fact]
    public void A_reservation_never_runs_out()
    {
        _left = null;
        Assert.Null(_status.Obstacle);
        Assert.True(_status.Lease!.IsReservation);
    }

    [Fact]
    public void A_watch_that_breaks_is_counted_and_no_obstacle()
    {
        _status.ReportEtcd("gone");
        _status.ReportEtcd("gone again");
        Assert.Equal((null, 2L), (_status.Obstacle, _status.WatchRestarts));
        Assert.Equal(["gone again"], _status.Troubles);
        _status.ReportEtcd(null);
        Assert.Equal(2L, _status.WatchRestarts);
        Assert.Empty(_status.Troubles);
    }

    [Fact]
    public void An_address_that_peers_do_not_reach_is_an_obstacle_and_a_lost_one_comes_first()
    {
        _status.ReportAnnouncement("not told");
        Assert.Equal("not told", _status.Obstacle);
        _status.ReportExternal("gone");
        Assert.Equal("gone", _status.Obstacle);
        _status.ReportExternal(null);
        Assert.Equal("not told", _status.Obstacle);
        _status.ReportAnnouncement(null);
        Assert.Null(_status.Obstacle);
    }
}
