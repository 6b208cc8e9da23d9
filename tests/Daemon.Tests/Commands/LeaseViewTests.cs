using FastFlannel.Control;
using FastFlannel.Native;
using Spectre.Console;

namespace FastFlannel.Daemon.Tests;

public class LeaseViewTests
{
    private static readonly SurveyedLease Longest = new(
        NewLease("100.105.100.0/24", "192.168.100.100", "wireguard"), "node1.example.com", TimeSpan.FromMinutes((23 * 60) + 7), IsOwn: true);

    [Fact]
    public void A_row_each_says_who_has_it_for_how_long() => Assert.Equal(
        [
            "subnet        public IP     host  backend  expires",
            "10.5.1.0/24   192.168.77.1  vm1   udp      23h59m    own",
            "10.5.2.0/24   192.168.77.2  -     vxlan    59m",
            "10.5.3.0/24   192.168.77.3  -     udp      9s",
            "10.5.40.0/24  192.168.77.4  -     udp      reserved",
            "10.5.50.0/24  192.168.77.5  -     udp      -",
            "Keys that are no leases, and that every daemon passes over:",
            "  - /x/subnets/nonsense is not the key of a subnet",
        ],
        Write(
            1000,
            new LeaseSurvey(
                [
                    new(NewLease("10.5.1.0/24", "192.168.77.1"), "vm1", TimeSpan.FromSeconds(86_399), IsOwn: true),
                    new(NewLease("10.5.2.0/24", "192.168.77.2", "vxlan"), null, TimeSpan.FromSeconds(3599), IsOwn: false),
                    new(NewLease("10.5.3.0/24", "192.168.77.3"), null, TimeSpan.FromSeconds(9), IsOwn: false),
                    new(NewLease("10.5.40.0/24", "192.168.77.4") with { EtcdLeaseId = 0 }, null, null, IsOwn: false),
                    new(NewLease("10.5.50.0/24", "192.168.77.5"), null, null, IsOwn: false),
                ],
                ["/x/subnets/nonsense is not the key of a subnet"],
                [])));

    [Fact]
    public void It_fits_a_terminal_of_eighty_columns_where_only_names_are_broken()
    {
        string[] lines = Write(80, new LeaseSurvey([Longest], [], []));

        Assert.All(lines, line => Assert.InRange(line.Length, 1, 80));
        Assert.StartsWith("100.105.100.0/24  192.168.100.100  ", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("wireguard  23h07m   own", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Both_halves_are_under_each_other_as_they_are_written()
    {
        Lease lease = NewLease("10.5.1.0/24", "192.168.77.1");
        lease = lease with
        {
            Subnet = lease.Subnet with { Ipv6 = Ipv6Prefix.Parse("fd00:100:100::/64") },
            Attributes = lease.Attributes with { PublicIPv6 = Ipv6Address.Parse("fd77::1") },
        };

        string[] lines = Write(1000, new LeaseSurvey([new(lease, null, null, IsOwn: false)], [], []));

        Assert.StartsWith("10.5.1.0/24        192.168.77.1  ", lines[1], StringComparison.Ordinal);
        Assert.Equal("fd00:100:100::/64  fd77::1", lines[2]);
    }

    [Fact]
    public void No_leases_are_said_to_be_none() => Assert.Equal(["There are no leases."], Write(80, new LeaseSurvey([], [], [])));

    private static Lease NewLease(string subnet, string publicIP, string type = "") => new(
        new Subnet(Ipv4Prefix.Parse(subnet)),
        new LeaseAttributes { PublicIP = Ipv4Address.Parse(publicIP), BackendType = type },
        EtcdLeaseId: 7,
        ModRevision: 1);

    private static string[] Write(int width, LeaseSurvey survey)
    {
        using var writer = new StringWriter();
        IAnsiConsole console = Terminal.On(writer);
        console.Profile.Width = width;
        LeaseView.Write(console, survey);
        return [.. writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd())];
    }
}
