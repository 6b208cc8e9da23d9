using Etcdserverpb;
using Grpc.Core;

namespace FastFlannel.Control.Tests;

/// <summary>Logging in to a real etcd.</summary>
public sealed class EtcdAuthTests : IDisposable
{
    private const string Password = "pa55word-that-nobody-may-see";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly EtcdBed _bed = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task A_user_with_a_role_reads_and_writes_below_the_prefix()
    {
        using EtcdStore store = Store(await StartWithUsersAsync(), "flannel", Password);
        Assert.Null(await store.GetAsync("/fet/x", Token));
        Assert.NotNull(await PutAsync(store, "/fet/x", "1"));
        Assert.Equal("1", await store.GetAsync("/fet/x", Token));
    }

    [Theory]
    [InlineData("flannel", "wr0ng-s3cret")]
    [InlineData("nobody", "wr0ng-s3cret")]
    public async Task Refused_credentials_name_the_user_and_never_the_password(string user, string password)
    {
        EtcdServer server = await StartWithUsersAsync();
        string message = await FailAsync(server, user, password, "/fet/x");
        Assert.Equal(
            $"etcd at {server.Endpoint}: authentication failed, invalid user ID or password: "
                + $"it refuses user '{user}'; check --etcd-username and --etcd-password",
            message);
    }

    [Fact]
    public async Task Without_a_user_one_is_asked_for()
    {
        EtcdServer server = await StartWithUsersAsync();
        Assert.Equal(
            $"etcd at {server.Endpoint}: user name is empty: it wants a user; give --etcd-username and --etcd-password",
            await FailAsync(server, "", "", "/fet/x"));
    }

    [Fact]
    public async Task A_user_without_the_right_is_told_which_one_is_missing()
    {
        EtcdServer server = await StartWithUsersAsync();
        Assert.Equal(
            $"etcd at {server.Endpoint}: permission denied: user 'flannel' may not do this; give it a role that may read and write "
                + "/fet (etcdctl role grant-permission ROLE readwrite --prefix=true /fet)",
            await FailAsync(server, "flannel", Password, "/other"));
    }

    [Theory]
    [InlineData("/fet", true)]
    [InlineData("/other", false)]
    public async Task The_mark_of_a_public_IP_needs_no_right_but_that_to_the_prefix(string prefix, bool isAllowed)
    {
        EtcdServer server = await StartWithUsersAsync();
        EtcdSettings settings = EtcdBed.Settings([server.Endpoint], null, "flannel", Password) with { Prefix = prefix };
        using var store = new EtcdStore(settings, TimeProvider.System);
        var logger = new RecordingLogger();
        var publicIP = Native.Ipv4Address.Parse("10.0.2.15");
        await using var mark = new OwnerMark(store, publicIP, HostProcess.Current, TimeProvider.System, logger);
        await mark.ClaimAsync(Token);
        if (isAllowed)
        {
            Assert.Empty(logger.Lines);
            Assert.Equal(HostProcess.Current.ToJson(), await store.GetAsync(EtcdKeys.Owner(prefix, publicIP), Token));
        }
        else
        {
            Assert.Contains("/other/owners/10.0.2.15", Assert.Single(logger.Lines), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_the_right_to_its_directory_the_way_through_the_kernel_is_off_and_says_why()
    {
        EtcdServer server = await StartWithUsersAsync();
        EtcdSettings settings = EtcdBed.Settings([server.Endpoint], null, "flannel", Password) with { Prefix = "/other" };
        await using var host = new TunnelHost(settings, "198.51.100.1");
        host.Follow();
        await host.UntilAsync(() => Task.FromResult(!host.Path.IsOn));
        Assert.StartsWith("off: etcd gives no right to /other/tunnels/ (", host.Path.State, StringComparison.Ordinal);
        _ = Assert.Single(host.Logger.Lines);
    }

    [Fact]
    public async Task A_user_that_etcd_does_not_need_is_not_in_the_way()
    {
        EtcdServer server = await _bed.StartAsync();
        using EtcdStore store = Store(server, "flannel", Password);
        Assert.Null(await store.GetAsync("/fet/x", Token));

        // Neither is one that it needs from now on.
        await EnableUsersAsync(server);
        Assert.Null(await store.GetAsync("/fet/x", Token));
    }

    [Fact]
    public async Task A_token_that_has_expired_is_renewed()
    {
        (string publicKey, string privateKey) = WriteSigningKeys();
        EtcdServer server = await StartWithUsersAsync(
            "--auth-token", $"jwt,pub-key={publicKey},priv-key={privateKey},sign-method=RS256,ttl=1s");
        using EtcdStore store = Store(server, "flannel", Password);
        Assert.Null(await store.GetAsync("/fet/x", Token));

        // A token that is younger than the store's.
        using var member = new EtcdMember(new Uri(server.Endpoint), store.Settings, null);
        var login = new AuthenticateRequest { Name = "flannel", Password = Password };
        string token = (await new Auth.AuthClient(member.Calls).AuthenticateAsync(login, cancellationToken: Token)).Token;
        await UntilRefusedAsync(member, token);

        Assert.Null(await store.GetAsync("/fet/x", Token));
        Assert.NotNull(await PutAsync(store, "/fet/x", "1"));
    }

    [Fact]
    public async Task A_token_that_a_restart_has_forgotten_is_renewed()
    {
        EtcdServer server = await StartWithUsersAsync();
        using EtcdStore store = Store(server, "flannel", Password);
        Assert.Null(await store.GetAsync("/fet/x", Token));
        server.Kill();
        _ = await Assert.ThrowsAsync<EtcdException>(() => store.GetAsync("/fet/x", Token));
        server.Start();
        await EtcdBed.WaitAsync(server);
        Assert.Null(await store.GetAsync("/fet/x", Token));
    }

    [Fact]
    public async Task A_token_from_before_users_were_changed_is_renewed()
    {
        (string publicKey, string privateKey) = WriteSigningKeys();
        EtcdServer server = await StartWithUsersAsync("--auth-token", $"jwt,pub-key={publicKey},priv-key={privateKey},sign-method=RS256,ttl=1h");
        using EtcdStore store = Store(server, "flannel", Password);
        Assert.Null(await store.GetAsync("/fet/x", Token));
        _ = await EtcdBed.CtlAsync(server, "--user", $"root:{Password}", "user", "add", $"another:{Password}");
        Assert.Null(await store.GetAsync("/fet/x", Token));
    }

    [Fact]
    public async Task The_name_in_a_certificate_is_a_user()
    {
        TestAuthority ca = _bed.NewAuthority("ca");
        EtcdServer server = await _bed.StartAsync(ca.Issue("etcd"), "--client-cert-auth", "--trusted-ca-file", ca.File);
        PemFiles root = ca.Issue("root");
        string[] ctl = ["--cacert", root.Authority, "--cert", root.Certificate, "--key", root.Key];
        await EnableUsersAsync(server, ctl);

        PemFiles flannel = ca.Issue("flannel");
        var files = new TlsFiles(flannel.Authority, flannel.Certificate, flannel.Key);
        using var store = new EtcdStore(EtcdBed.Settings([server.Endpoint], files), TimeProvider.System);
        Assert.Null(await store.GetAsync("/fet/x", Token));
        EtcdException e = await Assert.ThrowsAsync<EtcdException>(() => store.GetAsync("/other", Token));
        Assert.Contains("the user that this host's certificate names may not do this", e.Message, StringComparison.Ordinal);
    }

    private static EtcdStore Store(EtcdServer server, string user, string password) =>
        new(EtcdBed.Settings([server.Endpoint], null, user, password), TimeProvider.System);

    private static async Task<string> FailAsync(EtcdServer server, string user, string password, string key)
    {
        using EtcdStore store = Store(server, user, password);
        EtcdException e = await Assert.ThrowsAsync<EtcdException>(() => store.GetAsync(key, Token));
        if (password.Length > 0)
            Assert.DoesNotContain(password, e.ToString(), StringComparison.Ordinal);

        return e.Message;
    }

    private static Task<long?> PutAsync(EtcdStore store, string key, string value)
    {
        var bytes = Google.Protobuf.ByteString.CopyFromUtf8(key);
        var always = new Compare
        {
            Key = bytes,
            Target = Compare.Types.CompareTarget.Mod,
            Result = Compare.Types.CompareResult.Greater,
            ModRevision = -1,
        };
        var put = new PutRequest { Key = bytes, Value = Google.Protobuf.ByteString.CopyFromUtf8(value) };
        return store.TransactAsync(always, new RequestOp { RequestPut = put }, Token);
    }

    private static async Task UntilRefusedAsync(EtcdMember member, string token)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Token);
        timeout.CancelAfter(Limit);
        var request = new RangeRequest { Key = Google.Protobuf.ByteString.CopyFromUtf8("/fet/x") };
        while (true)
        {
            try
            {
                _ = await new KV.KVClient(member.Calls).RangeAsync(
                    request, new Metadata { { "token", token } }, cancellationToken: timeout.Token);
                await Task.Delay(20, timeout.Token);
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unauthenticated)
            {
                return;
            }
        }
    }

    private async Task<EtcdServer> StartWithUsersAsync(params string[] arguments)
    {
        EtcdServer server = await _bed.StartAsync(null, arguments);
        await EnableUsersAsync(server);
        return server;
    }

    private static async Task EnableUsersAsync(EtcdServer server, params string[] ctl)
    {
        string[][] steps =
        [
            ["user", "add", $"root:{Password}"],
            ["user", "grant-role", "root", "root"],
            ["role", "add", "network"],
            ["role", "grant-permission", "network", "readwrite", "--prefix=true", "/fet"],
            ["user", "add", $"flannel:{Password}"],
            ["user", "grant-role", "flannel", "network"],
            ["auth", "enable"],
        ];
        foreach (string[] step in steps)
            _ = await EtcdBed.CtlAsync(server, [.. ctl, .. step]);
    }

    private (string PublicKey, string PrivateKey) WriteSigningKeys()
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        string publicKey = Path.Combine(_bed.Directory, "jwt.pub");
        string privateKey = Path.Combine(_bed.Directory, "jwt.key");
        File.WriteAllText(publicKey, key.ExportSubjectPublicKeyInfoPem());
        File.WriteAllText(privateKey, key.ExportRSAPrivateKeyPem());
        return (publicKey, privateKey);
    }
}
