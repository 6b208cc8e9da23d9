using System.Globalization;
using Spectre.Console;

namespace FastFlannel.Lab;

/// <summary>Lays a report out for a person, within 80 columns.</summary>
internal static class ReportView
{
    // Of eight columns, a name and the borders: as much as 80 columns take.
    private const int ColumnsAcross = 8;

    public static void Write(IAnsiConsole console, LabReport report)
    {
        console.MarkupLine($"[bold]{report.Backend} overlay {report.Network}[/]");
        console.Write(Hosts(report));
        Write(console, report.Hosts, "", report.Pings, report.Tcp);
        if (report.Ipv6 is { } ipv6)
        {
            IEnumerable<string> subnets = report.Hosts.Select(host => $"{host.Name} {host.Ipv6Subnet}");
            console.MarkupLine($"[bold]IPv6 {ipv6.Network}[/]: {string.Join(", ", subnets)}");
            Write(console, report.Hosts, " over IPv6", ipv6.Pings, ipv6.Tcp);
        }

        console.MarkupLine(Verdict(report));
    }

    private static void Write(
        IAnsiConsole console,
        IReadOnlyList<HostReport> hosts,
        string how,
        IReadOnlyList<PingResult> pings,
        IReadOnlyList<TcpResult> tcp)
    {
        console.MarkupLine($"[bold]ping between containers{how}, ms: rows from, columns to[/]");
        foreach (HostReport[] columns in hosts.Chunk(ColumnsAcross))
            console.Write(Pings(pings, [.. columns.Select(ContainerOf)]));

        foreach (TcpResult stream in tcp)
            console.MarkupLine(Line(stream, how));
    }

    private static Table Hosts(LabReport report)
    {
        Table table = New(Justify.Left, "host", "public IP", "subnet", "device", "MTU");
        foreach (HostReport host in report.Hosts)
        {
            _ = table.AddRow(
                host.Name, host.PublicIp, host.Subnet, host.Device ?? "-", host.Mtu.ToString(CultureInfo.InvariantCulture));
        }

        return table;
    }

    private static Table Pings(IReadOnlyList<PingResult> pings, string[] columns)
    {
        Table table = New(Justify.Right, ["", .. columns]);
        foreach (IGrouping<string, PingResult> row in pings.GroupBy(ping => ping.From))
        {
            var cells = row.ToDictionary(ping => ping.To, Cell);
            _ = table.AddRow([row.Key, .. columns.Select(to => cells.GetValueOrDefault(to, "[grey]-[/]"))]);
        }

        return table;
    }

    private static Table New(Justify alignment, params string[] columns)
    {
        Table table = new Table().RoundedBorder();
        foreach (string column in columns)
            _ = table.AddColumn(new TableColumn(column) { NoWrap = true, Alignment = alignment });

        return table;
    }

    private static string Cell(PingResult ping) => ping switch
    {
        { Received: 0 } => "[red]lost[/]",
        { Ok: false } => $"[yellow]{ping.Received}/{ping.Sent}[/]",
        _ => Milliseconds(ping.AverageMilliseconds ?? 0),
    };

    private static string Milliseconds(double value) =>
        value.ToString(value < 10 ? "0.00" : value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);

    private static string Line(TcpResult stream, string how) => stream.Ok
        ? string.Create(
            CultureInfo.InvariantCulture, $"TCP {stream.From} to {stream.To}{how}: [bold]{stream.GigabitsPerSecond:0.00}[/] Gbit/s")
        : $"TCP {stream.From} to {stream.To}{how}: [red]{Markup.Escape(stream.Error ?? "moved nothing")}[/]";

    private static string Verdict(LabReport report)
    {
        int lost = report.AllPings.Count(ping => !ping.Ok);
        int pairs = report.AllPings.Count();
        if (lost > 0)
            return $"[red]{lost} of {pairs} pairs lost packets[/]";

        return report.Ok
            ? $"[green]all {pairs} pairs answered, TCP moved data both ways; everything is removed[/]"
            : "[red]every pair answered, but TCP did not move data both ways[/]";
    }

    private static string ContainerOf(HostReport host) => 'c' + host.Name[1..];
}
