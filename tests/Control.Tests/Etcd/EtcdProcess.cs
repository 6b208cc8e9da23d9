using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FastFlannel.Control.Tests;

/// <summary>A real etcd of the test's own, on loopback, with its data in a directory that goes with it.</summary>
public sealed class EtcdProcess : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly string _directory = Directory.CreateTempSubdirectory("fastflannel-etcd-").FullName;
    private Process? _process;
    private (int Client, int Peer) _ports;

    public string Endpoint { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        _ports = FreePorts();
        Endpoint = Url(_ports.Client);
        await StartAsync();
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>A store of its own for each test: a prefix nobody else uses.</summary>
    internal EtcdStore NewStore() => new(EtcdSettings.Parse([Endpoint], $"/test/{Guid.NewGuid():N}"), TimeProvider.System);

    /// <summary>Ends etcd as kill -9 does.</summary>
    internal void Kill()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    /// <summary>Starts it again where it was, with what it knew, or, once its data is gone, with nothing.</summary>
    internal async Task StartAgainAsync(bool empty)
    {
        if (empty)
            Directory.Delete(Path.Combine(_directory, "data"), recursive: true);

        await StartAsync();
    }

    /// <summary>Stops it (STOP) or lets it go on (CONT).</summary>
    internal async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{_process!.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Runs etcdctl and returns what it printed.</summary>
    public async Task<string> CtlAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("etcdctl", ["--endpoints", Endpoint, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ETCDCTL_API"] = "3" },
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return output;
    }

    private static string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    private static (int Client, int Peer) FreePorts()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }

    private async Task StartAsync()
    {
        (int client, int peer) = _ports;
        string[] arguments =
        [
            "--data-dir", Path.Combine(_directory, "data"),
            "--listen-client-urls", Url(client), "--advertise-client-urls", Url(client),
            "--listen-peer-urls", Url(peer), "--initial-advertise-peer-urls", Url(peer), "--initial-cluster", $"default={Url(peer)}",
            "--unsafe-no-fsync",
        ];
        var start = new ProcessStartInfo("etcd", arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();

        using var http = new HttpClient();
        using var timeout = new CancellationTokenSource(Limit);
        while (!await IsHealthyAsync(http, timeout.Token))
            await Task.Delay(20, timeout.Token);
    }

    private async Task<bool> IsHealthyAsync(HttpClient http, CancellationToken cancellation)
    {
        Assert.False(_process!.HasExited, "etcd has exited");
        try
        {
            return (await http.GetStringAsync(new Uri(Endpoint + "/health"), cancellation)).Contains("true", StringComparison.Ordinal);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
