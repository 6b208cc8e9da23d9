using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace FastFlannel.Control.Tests;

/// <summary>A real etcd on loopback that can be killed, stopped and started again; a member of a cluster or alone.</summary>
internal sealed class EtcdServer : IDisposable
{
    private readonly string[] _arguments;
    private readonly ConcurrentQueue<string> _lines = new();
    private Process? _process;

    /// <summary>Describes a server.</summary>
    /// <param name="directory">For its data.</param>
    /// <param name="member">Its name and ports.</param>
    /// <param name="all">The members of its cluster.</param>
    /// <param name="tls">Its certificate, or null for http.</param>
    /// <param name="arguments">Further ones.</param>
    public EtcdServer(string directory, EtcdPorts member, IReadOnlyList<EtcdPorts> all, PemFiles? tls, params string[] arguments)
    {
        Endpoint = Url(member.Client, tls is null ? "http" : "https");
        _arguments =
        [
            "--name", member.Name, "--data-dir", Path.Combine(directory, member.Name),
            "--listen-client-urls", Endpoint, "--advertise-client-urls", Endpoint,
            "--listen-peer-urls", Url(member.Peer), "--initial-advertise-peer-urls", Url(member.Peer),
            "--initial-cluster", string.Join(',', all.Select(one => $"{one.Name}={Url(one.Peer)}")),
            "--unsafe-no-fsync", "--bcrypt-cost", "4",
            .. tls is null ? [] : (string[])["--cert-file", tls.Certificate, "--key-file", tls.Key],
            .. arguments,
        ];
    }

    public string Endpoint { get; }

    public void Start()
    {
        _process?.Dispose();
        var start = new ProcessStartInfo("etcd", _arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, said) => Keep(said.Data);
        _process.ErrorDataReceived += (_, said) => Keep(said.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Sends a signal by its name without SIG.</summary>
    public void Signal(string name)
    {
        using Process kill = Process.Start("kill", ["-s", name, _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    public void Kill()
    {
        _process!.Kill();
        WaitForExit();
    }

    public void WaitForExit() => Assert.True(_process!.WaitForExit(TimeSpan.FromSeconds(20)), "etcd did not end");

    public void AssertRuns() => Assert.False(_process!.HasExited, $"etcd has exited:\n{string.Join('\n', _lines.TakeLast(10))}");

    public void Dispose()
    {
        if (_process is null)
            return;

        // SIGKILL also ends what is stopped.
        if (!_process.HasExited)
            Kill();

        _process.Dispose();
    }

    private static string Url(int port, string scheme = "http") => string.Create(CultureInfo.InvariantCulture, $"{scheme}://127.0.0.1:{port}");

    private void Keep(string? line)
    {
        if (line is not null)
            _lines.Enqueue(line);
    }
}

/// <summary>A member's name and where it listens.</summary>
internal sealed record EtcdPorts(string Name, int Client, int Peer)
{
    /// <summary>Free ports for as many members.</summary>
    public static EtcdPorts[] Find(int members) =>
        [.. Enumerable.Range(0, members).Select(i => new EtcdPorts($"m{i + 1}", FreePorts.Take(), FreePorts.Take()))];
}
