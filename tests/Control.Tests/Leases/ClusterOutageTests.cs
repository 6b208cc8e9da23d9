using System.Text.Json;

namespace FastFlannel.Control.Tests;

/// <summary>Three hosts at three members, of which some or all go away: the hosts go on with their leases and their peers.</summary>
public sealed class ClusterOutageTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly EtcdBed _bed = new();
    private FollowingHosts _hosts = null!;

    public async ValueTask InitializeAsync()
    {
        _ = await _bed.StartAsync(3);
        _hosts = await FollowingHosts.StartAsync(EtcdBed.Settings(_bed.Endpoints), 3);
    }

    public async ValueTask DisposeAsync()
    {
        await _hosts.DisposeAsync();
        _bed.Dispose();
    }

    [Theory]
    [InlineData("KILL", true)]
    [InlineData("KILL", false)]
    [InlineData("STOP", false)]
    public async Task The_hosts_go_on_at_the_members_that_are_left(string signal, bool isLeader)
    {
        EtcdServer gone = isLeader ? await LeaderAsync() : Server(_hosts.All[0].Endpoint!);
        gone.Signal(signal);
        EtcdServer left = _bed.Servers.First(server => server != gone);
        await UntilPutAsync(left, 4);
        await _hosts.UntilTheySeeAsync(1, 2, 3, 4);
        await _hosts.UntilRenewedAsync();
        Assert.All(_hosts.All, host => Assert.NotEqual(gone.Endpoint, host.Endpoint));

        if (signal == "STOP")
            gone.Signal("CONT");
        else
            await RestartAsync(gone);

        await UntilPutAsync(gone, 5);
        await _hosts.UntilTheySeeAsync(1, 2, 3, 4, 5);

        // A grant that a stopped member had in hand is carried out when it goes on, and has to be found then.
        await AssertWellAsync();
    }

    [Fact]
    public async Task When_all_members_die_and_come_back_the_hosts_do_as_well()
    {
        foreach (EtcdServer server in _bed.Servers)
            server.Signal("KILL");

        await _hosts.UntilLoggedAsync("Lost sight");
        Assert.All(_hosts.All, host => Assert.Equal(2, host.Peers.Count));
        foreach (EtcdServer server in _bed.Servers)
        {
            server.WaitForExit();
            server.Start();
        }

        await UntilPutAsync(_bed.Servers[0], 4);
        await _hosts.UntilTheySeeAsync(1, 2, 3, 4);
        await AssertWellAsync();
    }

    private async Task AssertWellAsync()
    {
        await _hosts.UntilRenewedAsync();
        await _hosts.UntilAsync(async () =>
            (await CtlAsync("lease", "list")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == 4);
        _hosts.AssertNobodyWasLost();
        _hosts.AssertQuiet();
    }

    private Task<string> CtlAsync(params string[] arguments) => EtcdBed.CtlAsync(_bed.Servers[0], arguments);

    private EtcdServer Server(string endpoint) => _bed.Servers.Single(server => server.Endpoint == endpoint);

    private async Task<EtcdServer> LeaderAsync()
    {
        foreach (EtcdServer server in _bed.Servers)
        {
            using var answer = JsonDocument.Parse(await EtcdBed.CtlAsync(server, "endpoint", "status", "-w", "json"));
            JsonElement status = answer.RootElement[0].GetProperty("Status");
            if (status.GetProperty("leader").GetUInt64() == status.GetProperty("header").GetProperty("member_id").GetUInt64())
                return server;
        }

        throw new InvalidOperationException("no member is the leader");
    }

    private static async Task RestartAsync(EtcdServer server)
    {
        server.WaitForExit();
        server.Start();
        await EtcdBed.WaitAsync(server);
    }

    /// <summary>Writes a host's lease; tries on while the members elect a leader.</summary>
    private async Task UntilPutAsync(EtcdServer server, int host)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Limit);
        while (await Record.ExceptionAsync(() => EtcdBed.CtlAsync(server, "put", _hosts.Key(host), FollowingHosts.Value(host))) is not null)
            await Task.Delay(50, timeout.Token);
    }
}
