using FastFlannel.Control;
using FastFlannel.Native;

namespace FastFlannel.Daemon.Tests;

public class ReservationViewTests
{
    [Fact]
    public void Whatever_has_happened_is_said_with_subnet_and_host() => Assert.All(Enum.GetValues<ReservationChange>(), change =>
    {
        string text = Describe(change, "vm2");
        Assert.Contains("10.5.3.0/24", text, StringComparison.Ordinal);
        Assert.Contains("192.168.77.2 (vm2)", text, StringComparison.Ordinal);
        Assert.EndsWith(".", text, StringComparison.Ordinal);
        Assert.DoesNotContain("()", Describe(change, null), StringComparison.Ordinal);
    });

    [Fact]
    public void A_lease_deleted_under_a_running_host_comes_back_and_another_is_free()
    {
        Assert.Contains("its daemon puts it back", Describe(ReservationChange.LeaseDeleted, "vm2"), StringComparison.Ordinal);
        Assert.Contains("it is free", Describe(ReservationChange.LeaseDeleted, null), StringComparison.Ordinal);
    }

    private static string Describe(ReservationChange change, string? hostName) => ReservationView.Describe(
        new ReservationOutcome(change, new Subnet(Ipv4Prefix.Parse("10.5.3.0/24")), Ipv4Address.Parse("192.168.77.2"), hostName));
}
