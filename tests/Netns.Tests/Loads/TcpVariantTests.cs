using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

[Collection(nameof(AllOffloads))]
public class TcpVariantTests(AllOffloads hosts)
{
    private const long Bytes = 64_000_003;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("tcp_timestamps", "0", "1")]
    [InlineData("tcp_sack", "0", "1")]
    [InlineData("tcp_ecn", "1", "2")]
    public async Task Streams_arrive_as_they_were_sent_with_another_tcp(string setting, string value, string usual)
    {
        try
        {
            foreach (Endpoint end in hosts.Cluster.Containers)
                await SetOrSkipAsync(end.Namespace, $"ipv4/{setting}", value);

            TransferResult[] results = await HashedTransfer.RunBothAsync(hosts.First, hosts.Second, Bytes, Cancel);

            Assert.All(results, result => Assert.True(result.Ok, result.ToString()));
        }
        finally
        {
            foreach (Endpoint end in hosts.Cluster.Containers)
                await SetOrSkipAsync(end.Namespace, $"ipv4/{setting}", usual);
        }
    }

    private static async Task SetOrSkipAsync(Namespace @namespace, string setting, string value)
    {
        try
        {
            await @namespace.SetAsync(setting, value, Cancel);
        }
        catch (LabException error)
        {
            Assert.Skip($"this machine does not let a namespace have its own {setting}: {error.Message}");
        }
    }
}
