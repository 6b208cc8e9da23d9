using System.Net;
using System.Net.Sockets;
using System.Text;
using FastFlannel.Lab;
using FastFlannel.Native;

namespace FastFlannel.Netns.Tests;

public class DaemonStatusTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("200 OK", """{"backend":"udp","gc":{"collections":3}}""", 3L)]
    [InlineData("200 OK", "flanneld is running", null)]
    [InlineData("404 Not Found", "", null)]
    public async Task A_status_is_asked_for_inside_of_the_namespace(string status, string body, long? collections)
    {
        Namespace host = await Namespace.CreateAsync(LabName.Next() + "-h1", Cancel);
        try
        {
            using TcpListener server = Listen(host);
            Task answering = AnswerAsync(server, $"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\n\r\n{body}");

            DaemonStatus? said = await DaemonStatus.ReadAsync(host, ((IPEndPoint)server.LocalEndpoint).Port, Cancel);

            await answering;
            Assert.Equal(collections, said?.Gc?.Collections);
        }
        finally
        {
            _ = await Command.RunAsync(["ip", "netns", "del", host.Name], CancellationToken.None);
        }
    }

    [Fact]
    public async Task Where_nothing_listens_there_is_no_status()
    {
        Namespace host = await Namespace.CreateAsync(LabName.Next() + "-h1", Cancel);
        try
        {
            Assert.Null(await DaemonStatus.ReadAsync(host, 8471, Cancel));
        }
        finally
        {
            _ = await Command.RunAsync(["ip", "netns", "del", host.Name], CancellationToken.None);
        }
    }

    private static TcpListener Listen(Namespace host)
    {
        TcpListener? server = null;
        NamedNamespace.RunIn(host.Path, () =>
        {
            server = new TcpListener(IPAddress.Loopback, 0);
            server.Start();
        });
        return server!;
    }

    private static async Task AnswerAsync(TcpListener server, string answer)
    {
        using TcpClient client = await server.AcceptTcpClientAsync(Cancel);
        var request = new byte[4096];
        Assert.StartsWith(
            "GET /status ", Encoding.ASCII.GetString(request, 0, await client.GetStream().ReadAsync(request, Cancel)));
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer), Cancel);
    }
}
