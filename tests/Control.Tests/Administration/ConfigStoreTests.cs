using System.Collections.Concurrent;
using System.Text;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>The network config in a real etcd.</summary>
public sealed class ConfigStoreTests(EtcdProcess etcd) : IClassFixture<EtcdProcess>, IDisposable
{
    private const string First = """{"Network":"10.5.0.0/16"}""";

    private readonly EtcdStore _store = etcd.NewStore();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ConfigStore Config => new(_store);

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task What_is_set_is_written_to_the_byte_and_read_again()
    {
        const string Text = """{ "Network": "10.5.0.0/16" }""";
        Assert.Equal([new ConfigChange("Network", null, "\"10.5.0.0/16\"")], await Config.SetAsync(Text, force: false, Token));
        Assert.Equal($"{Config.Key}\n{Text}\n", await etcd.CtlAsync("get", Config.Key));
        Assert.Equal(Text, Encoding.UTF8.GetString((await Config.ReadAsync(Token)).Span));
    }

    [Fact]
    public async Task What_says_the_same_already_is_not_written_again()
    {
        _ = await Config.SetAsync(First, force: false, Token);
        Assert.Empty(await Config.SetAsync("""{ "Network":"10.5.0.0/16" }""", force: false, Token));
        Assert.Equal(First, Encoding.UTF8.GetString((await Config.ReadAsync(Token)).Span));
    }

    [Fact]
    public async Task Without_one_reading_says_how_to_make_it()
    {
        var e = await Assert.ThrowsAsync<AdministrationException>(() => Config.ReadAsync(Token));
        Assert.Contains(Config.Key, e.Message, StringComparison.Ordinal);
        Assert.Contains("fastflannel config set", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_with_problems_is_never_written_and_all_are_told(bool force)
    {
        _ = await Config.SetAsync(First, force: false, Token);
        var e = await Assert.ThrowsAsync<AdministrationException>(
            () => Config.SetAsync("""{"Network":"10.5.0.0/31","Backend":{"Type":"udp","Port":0}}""", force, Token));
        Assert.StartsWith("the new network config has 2 problems:\n  - ", e.Message, StringComparison.Ordinal);
        Assert.Equal(First, await _store.GetAsync(Config.Key, Token));
    }

    [Fact]
    public async Task Leases_that_would_lose_their_place_are_named_and_keep_it_unless_forced()
    {
        _ = await Config.SetAsync(First, force: false, Token);
        await PutLeaseAsync("10.5.1.0-24", "192.168.77.1");
        await PutLeaseAsync("10.5.2.0-24", "192.168.77.2");
        await PutLeaseAsync("10.5.200.0-24", "192.168.77.3");
        var host = new HostProcess("vm2", "", "boot", 1, 1);
        await using var mark = new OwnerMark(_store, Ipv4Address.Parse("192.168.77.2"), host, TimeProvider.System, new RecordingLogger());
        await mark.ClaimAsync(Token);

        const string Narrower = """{"Network":"10.5.0.0/16","SubnetMin":"10.5.128.0"}""";
        var e = await Assert.ThrowsAsync<AdministrationException>(() => Config.SetAsync(Narrower, force: false, Token));
        Assert.StartsWith(
            "2 of 3 leases would have no place in the new network config, which wants a /24 from 10.5.128.0 to 10.5.255.0:\n"
            + "  - 10.5.1.0/24 of 192.168.77.1\n  - 10.5.2.0/24 of 192.168.77.2 (vm2)\n",
            e.Message,
            StringComparison.Ordinal);
        Assert.Equal(First, await _store.GetAsync(Config.Key, Token));

        _ = await Config.SetAsync(Narrower, force: true, Token);
        Assert.Equal(Narrower, await _store.GetAsync(Config.Key, Token));

        // Who has no place in the config before is not stranded by the one after.
        Assert.NotEmpty(await Config.SetAsync("""{"Network":"10.5.0.0/16","SubnetMin":"10.5.200.0"}""", force: false, Token));
    }

    [Fact]
    public async Task Another_backend_needs_no_force()
    {
        _ = await Config.SetAsync(First, force: false, Token);
        await PutLeaseAsync("10.5.1.0-24", "192.168.77.1");
        Assert.NotEmpty(await Config.SetAsync("""{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}}""", force: false, Token));
    }

    [Fact]
    public async Task Of_several_that_set_at_once_none_overwrites_what_it_has_not_seen()
    {
        ConcurrentBag<string?> overwritten = [];
        ConcurrentBag<string> refusals = [];
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            try
            {
                IReadOnlyList<ConfigChange> changes = await Config.SetAsync($$"""{"Network":"10.{{i}}.0.0/16"}""", force: false, Token);
                overwritten.Add(Assert.Single(changes).Old);
            }
            catch (AdministrationException e)
            {
                refusals.Add(e.Message);
            }
        }));
        Assert.Equal(overwritten.Count, overwritten.Distinct().Count());
        Assert.Contains(null, overwritten);
        Assert.Equal(20, overwritten.Count + refusals.Count);
        Assert.All(refusals, message => Assert.Contains("changed by somebody else", message, StringComparison.Ordinal));
    }

    private Task PutLeaseAsync(string subnet, string publicIP) => etcd.CtlAsync(
        "put", $"{_store.Settings.Prefix}/subnets/{subnet}", $$"""{"PublicIP":"{{publicIP}}","PublicIPv6":null}""");
}
