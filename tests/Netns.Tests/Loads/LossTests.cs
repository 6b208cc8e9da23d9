using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

[Collection(nameof(AllOffloads))]
public class LossTests(AllOffloads hosts)
{
    private const long Bytes = 64_000_003;


    private const string Lose =
        """
        nft add table inet lossy
        nft add chain inet lossy in '{ type filter hook input priority 0; }'
        nft add rule inet lossy in udp dport 8285 numgen random mod 1000 '<' 10 drop
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>
    /// What is dropped is what our daemon sent in one call: mostly a bundle of segments, at times acknowledgements.
    /// </summary>
    [Fact]
    public async Task Streams_on_a_wire_that_loses_packets_arrive_as_they_were_sent()
    {
        try
        {
            foreach (LabHost host in hosts.Cluster.Hosts)
                await RunAsync(host, Lose);

            await StreamAsync();
        }
        finally
        {
            foreach (LabHost host in hosts.Cluster.Hosts)
                await RunAsync(host, "nft 'add table inet lossy; delete table inet lossy'");
        }
    }

    private async Task StreamAsync()
    {
        KernelCounters before = await KernelCounters.ReadAsync(hosts.First.Namespace, Cancel);

        TransferResult[] results = await HashedTransfer.RunBothAsync(hosts.First, hosts.Second, Bytes, Cancel);

        KernelCounters after = await KernelCounters.ReadAsync(hosts.First.Namespace, Cancel);
        Assert.All(results, result => Assert.True(result.Ok, result.ToString()));
        Assert.True(after.Retransmits > before.Retransmits, "nothing was lost: the test does not test");
        Assert.True(after["TcpExt.TCPSackRecovery"] > before["TcpExt.TCPSackRecovery"], "SACK had nothing to repair");
        TestContext.Current.SendDiagnosticMessage(
            "loss: {0}, {1}; {2} retransmitted", results[0], results[1], after.Retransmits - before.Retransmits);
    }

    private static async Task RunAsync(LabHost host, string script) =>
        _ = (await host.Namespace.ExecAsync(["sh", "-ec", script], Cancel)).OrThrow();
}
