using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

[Collection(nameof(AllOffloads))]
public class RetransmissionTests(AllOffloads hosts)
{
    private const long Bytes = 128_000_003;

    // A receiver that is not scheduled for a while makes TCP probe even on a wire that loses nothing. It does not do so every
    // time.
    private const int Rounds = 3;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_overlay_retransmits_no_more_than_the_wire_and_reorders_nothing()
    {
        LabHost[] ours = [.. hosts.Cluster.Hosts];
        Endpoint[] wire = [.. ours.Select(host => new Endpoint(host.Name, host.Namespace, host.Address))];

        string seen = "";
        for (int round = 1; round <= Rounds; round++)
        {
            (long onWire, _) = await CountAsync(wire[0], wire[1]);
            (long onOverlay, long reorderings) = await CountAsync(hosts.First, hosts.Second);
            seen += $"retransmitted: {onOverlay} on the overlay, {onWire} on the wire; reordered: {reorderings}. ";
            if (onOverlay <= onWire && reorderings == 0)
                return;
        }

        Assert.Fail(seen);
    }

    private static async Task<(long Retransmits, long Reorderings)> CountAsync(Endpoint from, Endpoint to)
    {
        KernelCounters before = await KernelCounters.ReadAsync(from.Namespace, Cancel);
        TransferResult result = await HashedTransfer.RunAsync(from, to, Bytes, Cancel);
        KernelCounters after = await KernelCounters.ReadAsync(from.Namespace, Cancel);
        Assert.True(result.Ok, result.ToString());
        return (after.Retransmits - before.Retransmits, after.Reorderings - before.Reorderings);
    }
}
