using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>A host with 200 peers, and somebody who deletes their entries at random.</summary>
public class ManyPeersTests
{
    private const int Peers = 200;
    private const int Rounds = 25;
    private const int PerRound = 40;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vxlan", 3 * Peers)]
    [InlineData("host-gw", Peers)]
    public async Task All_entries_are_back_however_many_are_deleted(string backend, int entries)
    {
        await using LabCluster cluster = await LabCluster.CreateAsync(
            Clusters.Default with { Hosts = 1, Backend = backend }, Cancel);
        await cluster.StartEtcdAsync(Cancel);
        LabHost host = cluster.Hosts[0];
        await Parallel.ForAsync(1, Peers + 1, Cancel, async (number, token) => await cluster.Etcd.PutAsync(
            $"{cluster.Options.Prefix}/subnets/10.5.{number}.0-24", Lease(backend, number), token));
        await cluster.StartDaemonsAsync(Cancel);
        string[] whole = await KernelLines.ReadAsync(host.Namespace, Cancel);
        Assert.Equal(entries, whole.Count(IsOfPeer));

        int seed = Random.Shared.Next();
        var random = new Random(seed);
        for (int round = 0; round < Rounds; round++)
            await DeleteAsync(host, [.. Enumerable.Range(0, PerRound).Select(_ => random.Next(1, Peers + 1))], backend, random);

        TimeSpan time = await KernelLines.WaitForAsync(host.Namespace, whole, Limit, Cancel);
        TestContext.Current.SendDiagnosticMessage(
            $"{backend}: whole again {time.TotalMilliseconds:0} ms after the last deletion (seed {seed})");
        DaemonStatus status = (await host.Daemon.ReadStatusAsync(Cancel))!;
        Assert.True(status.KernelRepairs > Peers / 2, $"only {status.KernelRepairs} repairs with seed {seed}");
        Assert.Empty(status.KernelTroubles!);
    }

    private static bool IsOfPeer(string line) =>
        !line.StartsWith("link ", StringComparison.Ordinal) && !line.StartsWith("address ", StringComparison.Ordinal);

    private static async Task DeleteAsync(LabHost host, int[] numbers, string backend, Random random)
    {
        // `ip -force` goes on after what is gone already and not back yet.
        ILookup<int, int> byKind = numbers.ToLookup(_ => backend == "vxlan" ? random.Next(3) : 0);
        string script = string.Join('\n', byKind[0].Select(number => $"route del 10.5.{number}.0/24"))
            + '\n' + string.Join('\n', byKind[1].Select(number => $"neighbour del 10.5.{number}.0 dev flannel.1"));
        _ = await Command.RunAsync(["ip", "-n", host.Namespace.Name, "-force", "-batch", "-"], script, Limit, Cancel);
        string fdb = string.Join('\n', byKind[2].Select(number => $"fdb del {Mac(number)} dev flannel.1"));
        if (fdb.Length > 0)
            _ = await Command.RunAsync(["bridge", "-n", host.Namespace.Name, "-force", "-batch", "-"], fdb, Limit, Cancel);
    }

    private static string Lease(string backend, int number)
    {
        string data = backend == "vxlan" ? $$""","BackendData":{"VNI":1,"VtepMAC":"{{Mac(number)}}"}""" : "";
        return $$"""{"PublicIP":"192.168.77.{{number + 20}}","PublicIPv6":null,"BackendType":"{{backend}}"{{data}}}""";
    }

    private static string Mac(int number) => $"02:00:00:00:00:{number:x2}";
}
