namespace FastFlannel.Control.Tests;

/// <summary>https endpoints of a real etcd: who is trusted, who is shown, and what is said when either fails.</summary>
public sealed class EtcdTlsTests : IDisposable
{
    private const string Password = "pa55word-that-nobody-may-see";

    private readonly EtcdBed _bed = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _bed.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_authority_alone_is_enough_where_etcd_asks_for_no_certificate(bool rsa)
    {
        TestAuthority ca = _bed.NewAuthority("ca");
        EtcdServer server = await _bed.StartAsync(ca.Issue("etcd", rsa: rsa));
        await AssertAnswersAsync(server, new TlsFiles(ca.File));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_certificate_lets_this_host_in(bool rsa)
    {
        TestAuthority ca = _bed.NewAuthority("ca");
        EtcdServer server = await StartWithClientsOfAsync(ca);
        await AssertAnswersAsync(server, Files(ca.Issue("host", rsa: rsa)));
    }

    [Fact]
    public async Task A_certificate_behind_an_intermediate_authority_lets_this_host_in()
    {
        TestAuthority ca = _bed.NewAuthority("ca");
        using TestAuthority between = ca.CreateIntermediate("between");
        EtcdServer server = await StartWithClientsOfAsync(ca);
        await AssertAnswersAsync(server, Files(between.Issue("host", withChain: true)) with { Authorities = ca.File });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_etcd_behind_an_intermediate_authority_is_trusted_by_the_root_or_by_that(bool byRoot)
    {
        TestAuthority ca = _bed.NewAuthority("ca");
        using TestAuthority between = ca.CreateIntermediate("between");
        EtcdServer server = await _bed.StartAsync(between.Issue("etcd", withChain: byRoot));
        await AssertAnswersAsync(server, new TlsFiles(byRoot ? ca.File : between.File));
    }

    [Fact]
    public async Task An_authority_that_did_not_issue_etcds_certificate_is_named()
    {
        EtcdServer server = await _bed.StartAsync(_bed.NewAuthority("ca").Issue("etcd"));
        string other = _bed.NewAuthority("other").File;
        await AssertFailsAsync(
            server,
            new TlsFiles(other),
            $"its certificate was issued by 'CN=ca', which is not in --etcd-cafile {other}; give the authority that issued it with --etcd-cafile");
    }

    [Fact] // whoever has the same name is not the same
    public async Task An_authority_of_the_same_name_with_another_key_is_not_trusted()
    {
        EtcdServer server = await _bed.StartAsync(_bed.NewAuthority("ca").Issue("etcd"));
        using TestAuthority impostor = TestAuthority.Create(Directory.CreateDirectory(Path.Combine(_bed.Directory, "x")).FullName, "ca");
        await AssertFailsAsync(server, new TlsFiles(impostor.File), "its certificate was not signed by the authority it names; another one has the same name");
    }

    [Fact]
    public async Task Without_an_authority_the_hosts_are_asked() => await AssertFailsAsync(
        await _bed.StartAsync(_bed.NewAuthority("ca").Issue("etcd")),
        TlsFiles.None,
        "its certificate was issued by 'CN=ca', which this host does not trust; give the authority that issued it with --etcd-cafile");

    [Fact]
    public async Task An_expired_certificate_of_etcd_is_named_with_its_end()
    {
        TestAuthority ca = _bed.NewAuthority("ca");
        DateTimeOffset end = DateTimeOffset.UtcNow.AddHours(-1);
        EtcdServer server = await _bed.StartAsync(ca.Issue("etcd", to: end));
        await AssertFailsAsync(server, new TlsFiles(ca.File), $"its certificate 'CN=etcd' expired at {end:u}; renew it");
    }

    [Fact]
    public async Task A_certificate_of_etcd_from_the_future_asks_for_the_clock()
    {
        TestAuthority ca = _bed.NewAuthority("ca");
        DateTimeOffset begin = DateTimeOffset.UtcNow.AddHours(1);
        EtcdServer server = await _bed.StartAsync(ca.Issue("etcd", from: begin));
        await AssertFailsAsync(
            server, new TlsFiles(ca.File), $"its certificate 'CN=etcd' is not valid before {begin:u}; set this host's clock if it is behind");
    }

    [Fact]
    public async Task A_certificate_of_etcd_for_another_name_is_refused_with_both()
    {
        TestAuthority ca = _bed.NewAuthority("ca");
        EtcdServer server = await _bed.StartAsync(ca.Issue("etcd", host: "etcd.example"));
        await AssertFailsAsync(
            server,
            new TlsFiles(ca.File),
            "its certificate is for etcd.example and not for 127.0.0.1; "
                + "use a name of the certificate in --etcd-endpoints, or a certificate with this one");
    }

    [Fact]
    public async Task A_wish_for_a_certificate_is_passed_on() => await AssertFailsAsync(
        await StartWithClientsOfAsync(_bed.NewAuthority("ca")),
        new TlsFiles(Path.Combine(_bed.Directory, "ca.crt")),
        "it wants a certificate of this host; give --etcd-certfile and --etcd-keyfile");

    [Fact]
    public async Task A_stranger_is_told_which_certificate_was_refused()
    {
        TestAuthority ca = _bed.NewAuthority("ca");
        TlsFiles stranger = Files(_bed.NewAuthority("other").Issue("host")) with { Authorities = ca.File };
        await AssertFailsAsync(
            await StartWithClientsOfAsync(ca), stranger, $"it refuses the certificate in --etcd-certfile {stranger.Certificate}");
    }

    [Fact]
    public async Task An_expired_certificate_of_this_host_is_told_to_be_refused()
    {
        TestAuthority ca = _bed.NewAuthority("ca");
        TlsFiles expired = Files(ca.Issue("host", to: DateTimeOffset.UtcNow.AddHours(-1)));
        await AssertFailsAsync(
            await StartWithClientsOfAsync(ca), expired, $"it refuses the certificate in --etcd-certfile {expired.Certificate}");
    }

    [Fact]
    public async Task Http_to_an_etcd_with_tls_says_https()
    {
        EtcdServer server = await _bed.StartAsync(_bed.NewAuthority("ca").Issue("etcd"));
        string https = server.Endpoint;
        string http = https.Replace("https", "http", StringComparison.Ordinal);
        await AssertFailsAsync(http, TlsFiles.None, $"what listens there does not speak gRPC without TLS; if it is etcd with TLS, write {https}");
    }

    [Fact]
    public async Task Https_to_an_etcd_without_tls_says_http()
    {
        EtcdServer server = await _bed.StartAsync();
        string https = server.Endpoint.Replace("http", "https", StringComparison.Ordinal);
        await AssertFailsAsync(https, TlsFiles.None, $"what listens there does not speak TLS; if it is etcd without TLS, write {server.Endpoint}");
    }

    [Fact]
    public async Task Renewed_files_are_used_for_the_next_connection()
    {
        TestAuthority ca = _bed.NewAuthority("ca");
        EtcdServer server = await StartWithClientsOfAsync(ca);
        TlsFiles old = Files(ca.Issue("host", to: DateTimeOffset.UtcNow.AddHours(-1)));
        using var store = new EtcdStore(EtcdBed.Settings([server.Endpoint], old), TimeProvider.System);
        _ = await Assert.ThrowsAsync<EtcdException>(() => store.GetAsync("/fet/x", Token));

        PemFiles renewed = ca.Issue("host");
        File.WriteAllText(old.Key, "half a ke");
        File.Move(renewed.Certificate, old.Certificate, overwrite: true);
        EtcdException e = await Assert.ThrowsAsync<EtcdException>(() => store.GetAsync("/fet/x", Token));
        Assert.Contains("it refuses the certificate", e.Message, StringComparison.Ordinal);

        File.Move(renewed.Key, old.Key, overwrite: true);
        Assert.Null(await store.GetAsync("/fet/x", Token));
    }

    private static TlsFiles Files(PemFiles pem) => new(pem.Authority, pem.Certificate, pem.Key);

    private static async Task AssertAnswersAsync(EtcdServer server, TlsFiles files)
    {
        using var store = new EtcdStore(EtcdBed.Settings([server.Endpoint], files), TimeProvider.System);
        Assert.Null(await store.GetAsync("/fet/x", Token));
    }

    private static Task AssertFailsAsync(EtcdServer server, TlsFiles files, string expected) =>
        AssertFailsAsync(server.Endpoint, files, expected);

    private static async Task AssertFailsAsync(string endpoint, TlsFiles files, string expected)
    {
        using var store = new EtcdStore(EtcdBed.Settings([endpoint], files, "user", Password), TimeProvider.System);
        List<string> messages = [];
        for (int i = 0; i < 20; i++)
            messages.Add((await Assert.ThrowsAsync<EtcdException>(() => store.GetAsync("/fet/x", Token))).Message);

        // The same each time: a waiting daemon logs what is new.
        string message = Assert.Single(messages.Distinct());
        Assert.StartsWith($"no endpoint of --etcd-endpoints can be used: etcd at {endpoint}: {expected}", message, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private Task<EtcdServer> StartWithClientsOfAsync(TestAuthority ca) =>
        _bed.StartAsync(ca.Issue("etcd"), "--client-cert-auth", "--trusted-ca-file", ca.File);
}
