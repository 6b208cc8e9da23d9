using FastFlannel.Control;
using Spectre.Console;

namespace FastFlannel.Daemon;

/// <summary>Lays leases out for a person: one row each, within 80 columns where hosts' names are not long.</summary>
internal static class LeaseView
{
    private static readonly string[] Columns = ["subnet", "public IP", "host", "backend", "expires", ""];

    /// <summary>Writes the table, and under it what is no lease.</summary>
    public static void Write(IAnsiConsole console, LeaseSurvey survey)
    {
        if (survey.Leases.Count == 0)
            console.WriteLine("There are no leases.");
        else
            console.Write(ToTable(survey.Leases));

        if (survey.Broken.Count == 0)
            return;

        console.WriteLine("Keys that are no leases, and that every daemon passes over:", new Style(Color.Yellow));
        foreach (string problem in survey.Broken)
            console.WriteLine($"  - {problem}");
    }

    /// <summary>The type of a lease's backend: udp names none.</summary>
    public static string BackendOf(Lease lease) => lease.Attributes.BackendType is { Length: > 0 } type ? type : "udp";

    private static Table ToTable(IReadOnlyList<SurveyedLease> leases)
    {
        Table table = new Table().NoBorder();
        foreach (string column in Columns)
        {
            _ = table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold)))
            {
                NoWrap = column != "host",
                Padding = new Padding(0, 0, 2, 0),
            });
        }

        // As text and not as markup, in which :100: of an IPv6 address would be a picture.
        foreach (SurveyedLease lease in leases)
        {
            Style style = lease.IsOwn ? new Style(Color.Green) : Style.Plain;
            _ = table.AddRow(Cells(lease).Select(cell => new Text(cell, style)));
        }

        return table;
    }

    private static string[] Cells(SurveyedLease surveyed)
    {
        Lease lease = surveyed.Lease;
        return
        [
            Both(lease.Subnet.Ipv4, lease.Subnet.Ipv6),
            Both(lease.Attributes.PublicIP, lease.Attributes.PublicIPv6),
            surveyed.HostName ?? "-",
            BackendOf(lease),
            Expiry(surveyed),
            surveyed.IsOwn ? "own" : "",
        ];
    }

    private static string Both<TIPv4, TIPv6>(TIPv4 ipv4, TIPv6? ipv6)
        where TIPv6 : struct => ipv6 is { } second ? $"{ipv4}\n{second}" : $"{ipv4}";

    private static string Expiry(SurveyedLease surveyed) => surveyed switch
    {
        { Lease.IsReservation: true } => "reserved",
        { ExpiresIn: { TotalHours: >= 1 } left } => $"{(int)left.TotalHours}h{left.Minutes:00}m",
        { ExpiresIn: { TotalMinutes: >= 1 } left } => $"{left.Minutes}m",
        { ExpiresIn: { } left } => $"{left.Seconds}s",
        _ => "-",
    };
}
