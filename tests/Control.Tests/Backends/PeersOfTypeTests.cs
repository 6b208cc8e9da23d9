namespace FastFlannel.Control.Tests;

public class PeersOfTypeTests
{
    private readonly RecordingLogger _logger = new();

    [Fact]
    public void Peers_of_another_backend_are_skipped_with_one_warning_each()
    {
        var filter = new PeersOfType("vxlan", isSilent: false, _logger);
        Lease ours = TestNetwork.Peer(7);
        Lease other = OfType(TestNetwork.Peer(8), "host-gw");

        for (int i = 0; i < 3; i++)
        {
            LeasedPeers peers = filter.Of([ours, other]);
            Assert.Equal([ours], peers.Ours);
            Assert.Equal(["10.5.8.0/24", "fd05:0:0:8::/64"], peers.OthersSubnets.Select(subnet => subnet.ToString()).Order());
        }

        Assert.Equal(
            ["Skipping the peer 192.168.0.8 with 10.5.8.0/24 fd05:0:0:8::/64: its backend is 'host-gw', this host's is 'vxlan'"],
            _logger.Lines);
    }

    [Theory]
    [InlineData("vxlan", false, "VXLAN", true)]
    [InlineData("vxlan", false, "", false)]
    [InlineData("udp", true, "", true)]
    [InlineData("udp", true, "udp", true)]
    [InlineData("udp", true, "vxlan", false)]
    public void Only_hosts_of_udp_need_not_say_what_they_are(string type, bool isSilent, string theirs, bool isOurs)
    {
        Lease peer = OfType(TestNetwork.Peer(7), theirs);
        Assert.Equal(isOurs ? 1 : 0, new PeersOfType(type, isSilent, _logger).Of([peer]).Ours.Count);
    }

    private static Lease OfType(Lease lease, string type) =>
        lease with { Attributes = lease.Attributes with { BackendType = type } };
}
