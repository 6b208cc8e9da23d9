using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

/// <summary>An etcd that allows no more than flanneld needs: nobody can say which hosts run.</summary>
public sealed class ForbiddenMarksTests : IDisposable
{
    private const string Password = "pa55word";

    private static readonly Subnet Subnet = new(Ipv4Prefix.Parse("10.5.3.0/24"));

    private readonly EtcdBed _bed = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task A_released_reservation_is_left_to_expire_and_the_list_says_why_hosts_have_no_names()
    {
        EtcdServer server = await _bed.StartAsync();
        _ = await EtcdBed.CtlAsync(server, "put", "/fet/config", """{"Network":"10.5.0.0/16"}""");
        await AllowConfigAndSubnetsAsync(server);
        using var store = new EtcdStore(EtcdBed.Settings([server.Endpoint], null, "flannel", Password), TimeProvider.System);
        var reservations = new Reservations(store);

        _ = await reservations.ReserveAsync(Subnet, Ipv4Address.Parse("192.168.77.2"), Token);
        ReservationOutcome outcome = await reservations.ReleaseAsync(Subnet, force: false, Token);
        Assert.Equal(ReservationChange.LeaseLeftToExpire, outcome.Change);

        LeaseSurvey survey = await LeaseSurvey.ReadAsync(store, "/nonexistent", withExpiry: true, Token);
        SurveyedLease left = Assert.Single(survey.Leases);
        Assert.InRange(left.ExpiresIn!.Value.TotalSeconds, 86_400 - 60, 86_400);
        Assert.Null(left.HostName);
        Assert.Contains("/fet/owners/, cannot be read", Assert.Single(survey.Notes), StringComparison.Ordinal);
    }

    private static async Task AllowConfigAndSubnetsAsync(EtcdServer server)
    {
        string[][] steps =
        [
            ["user", "add", $"root:{Password}"],
            ["user", "grant-role", "root", "root"],
            ["role", "add", "network"],
            ["role", "grant-permission", "network", "readwrite", "/fet/config"],
            ["role", "grant-permission", "network", "readwrite", "--prefix=true", "/fet/subnets"],
            ["user", "add", $"flannel:{Password}"],
            ["user", "grant-role", "flannel", "network"],
            ["auth", "enable"],
        ];
        foreach (string[] step in steps)
            _ = await EtcdBed.CtlAsync(server, step);
    }
}
