namespace FastFlannel.Lab.Tests;

public class IperfReportTests
{
    [Fact]
    public void Of_tcp_what_the_receiver_got_is_read()
    {
        IperfReport report = Read(
            """
            {"end":{
              "sum_sent":{"seconds":1.0,"bytes":2000000000,"bits_per_second":16e9,"retransmits":4,"sender":true},
              "sum_received":{"seconds":1.25,"bytes":1900000000,"bits_per_second":12.16e9,"sender":true},
              "sender_tcp_congestion":"cubic","receiver_tcp_congestion":"cubic"}}
            """);

        Assert.Equal(12.16, report.Received.GigabitsPerSecond, 1e-9);
        Assert.Equal(4, report.Retransmits);
        Assert.Equal("cubic", report.Congestion);
    }

    [Fact]
    public void Of_udp_what_was_lost_is_no_part_of_what_was_received()
    {
        IperfReport report = Read(
            """
            {"end":{
              "sum":{"seconds":1.0,"bytes":10844800,"lost_packets":7412,"packets":169450,"sender":true},
              "sum_sent":{"seconds":1.0,"bytes":10844800,"lost_packets":0,"packets":169450,"sender":true},
              "sum_received":{"seconds":2.0,"bytes":10362688,"lost_packets":7412,"packets":169329,"sender":false}}}
            """);

        Assert.Equal(10362688 / 64, report.Received.Packets);
        Assert.Equal(10362688 / 64 / 2.0, report.Received.PacketsPerSecond);
        Assert.Equal(169450, report.SentPerSecond);
        Assert.Null(report.Retransmits);
    }

    [Fact]
    public void Its_own_error_is_passed_on()
    {
        LabException error = Assert.Throws<LabException>(
            () => Read("""{"start":{},"error":"unable to connect to server: Connection refused"}""", exitCode: 1));

        Assert.Equal("`iperf3 -J`: unable to connect to server: Connection refused", error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("iperf3: command line error")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"end":{}}""")]
    [InlineData("""{"end":{"sum_sent":{},"sum_received":{"seconds":"soon"}}}""")]
    public void What_is_no_report_is_an_error_with_the_exit_code(string said)
    {
        LabException error = Assert.Throws<LabException>(() => Read(said, exitCode: 1));

        Assert.StartsWith("`iperf3 -J` exited with 1 and no report", error.Message, StringComparison.Ordinal);
    }

    private static IperfReport Read(string output, int exitCode = 0) =>
        IperfReport.Read(new CommandResult("iperf3 -J", exitCode, output, ""));
}
