namespace FastFlannel.Lab.Tests;

public class PingTests
{
    private static readonly Endpoint From = new("a", null!, "10.0.0.1");
    private static readonly Endpoint To = new("b", null!, "10.0.0.2");

    [Fact]
    public void The_average_is_read()
    {
        PingResult result = Parse(
            """
            PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.

            --- 10.0.0.2 ping statistics ---
            50 packets transmitted, 50 received, 0% packet loss, time 490ms
            rtt min/avg/max/mdev = 0.041/0.067/0.213/0.020 ms
            """);

        Assert.Equal(new PingResult("a", "b", 50, 50, 0.067), result);
        Assert.True(result.Ok);
    }

    [Fact]
    public void Without_an_answer_there_is_no_average() => Assert.Equal(
        new PingResult("a", "b", 3, 0, null), Parse("3 packets transmitted, 0 received, 100% packet loss, time 2041ms"));

    [Fact]
    public void What_cannot_be_read_is_an_error() =>
        Assert.Throws<LabException>(() => Parse("ping: connect: Network is unreachable"));

    private static PingResult Parse(string output) => Ping.Parse(From, To, new CommandResult("ping", 0, output, ""));
}
