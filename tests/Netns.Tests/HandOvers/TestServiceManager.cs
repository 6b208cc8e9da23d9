using System.Globalization;
using System.Net.Sockets;
using System.Text;
using FastFlannel.Lab;
using FastFlannel.Native;

namespace FastFlannel.Netns.Tests;

/// <summary>What systemd does for a service with an FD store (sd_notify(3), sd_listen_fds(3)), and nothing else.</summary>
internal sealed class TestServiceManager : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ffsm").FullName;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly SortedDictionary<string, PassedDescriptor> _store = new(StringComparer.Ordinal);
    private readonly List<(string Name, PassedDescriptor Descriptor)> _stillOpen = [];
    private readonly Timer _reading;

    public TestServiceManager()
    {
        SocketPath = Path.Combine(_directory, "notify");
        _socket.Bind(new UnixDomainSocketEndPoint(SocketPath));

        // The kernel queues ten messages and no more.
        _reading = new Timer(_ => Read(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(20));
    }

    public string SocketPath { get; }

    /// <summary>What is in the store, as of the last <see cref="Read"/>.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_store)
                return [.. _store.Keys];
        }
    }

    /// <summary>Whether what a daemon wants forgotten stays open all the same, as when the message is lost.</summary>
    public bool ForgetsNothing { get; init; }

    /// <summary>For each program that a daemon wanted forgotten and that is open all the same, the index of its device; 0 for none.</summary>
    public int[] DevicesOfPrograms
    {
        get
        {
            lock (_store)
                return [.. _stillOpen.Where(one => one.Name.StartsWith("bpf.", StringComparison.Ordinal)).Select(one => DeviceOf(one.Descriptor))];
        }
    }

    /// <summary>Does what a daemon has asked for so far.</summary>
    public void Read()
    {
        lock (_store)
            ReadAll();
    }

    /// <summary>Starts a host's daemon with what is in the store, from descriptor 3 on.</summary>
    public ChildProcess Start(LabHost host)
    {
        // The shell's id becomes the daemon's.
        const string Script = "export LISTEN_PID=$$ LISTEN_FDS=\"$1\" LISTEN_FDNAMES=\"$2\"; exec >> \"$3\" 2>&1; shift 3; exec \"$@\"";
        string count = _store.Count.ToString(CultureInfo.InvariantCulture);
        string log = Path.Combine(host.Directory, "again.log");
        return ChildProcess.Start(
            "/bin/sh",
            [
                "sh", "-c", Script, "sh", count, string.Join(':', Names), log,
                "ip", "netns", "exec", host.Namespace.Name, .. host.Daemon.CommandLine,
            ],
            [$"PATH={Environment.GetEnvironmentVariable("PATH")}"],
            [.. _store.Values]);
    }

    public void Dispose()
    {
        using (var ended = new ManualResetEvent(false))
        {
            if (_reading.Dispose(ended))
                _ = ended.WaitOne();
        }

        _socket.Dispose();
        foreach (PassedDescriptor descriptor in _store.Values.Concat(_stillOpen.Select(one => one.Descriptor)))
            descriptor.Dispose();

        Directory.Delete(_directory, recursive: true);
    }

    private void ReadAll()
    {
        byte[] buffer = new byte[4096];
        while (_socket.Poll(TimeSpan.Zero, SelectMode.SelectRead))
        {
            List<PassedDescriptor> passed = [];
            int length = DescriptorPassing.Receive(_socket, buffer, passed);
            string[] lines = Encoding.UTF8.GetString(buffer, 0, length).Split('\n');
            string name = lines.FirstOrDefault(line => line.StartsWith("FDNAME=", StringComparison.Ordinal))?[7..] ?? "";
            if (lines.Contains("FDSTOREREMOVE=1") && _store.Remove(name, out PassedDescriptor? removed))
                Forget(name, removed);

            if (lines.Contains("FDSTORE=1"))
                _store.Add(name, Assert.Single(passed));
        }
    }

    private void Forget(string name, PassedDescriptor descriptor)
    {
        if (ForgetsNothing)
            _stillOpen.Add((name, descriptor));
        else
            descriptor.Dispose();
    }

    // What the kernel says of a tie between a program and a device.
    private static int DeviceOf(PassedDescriptor descriptor)
    {
        const string Field = "ifindex:";
        using BorrowedDescriptor loan = descriptor.Borrow();
        string line = File.ReadLines($"/proc/self/fdinfo/{loan.Number}").Single(text => text.StartsWith(Field, StringComparison.Ordinal));
        return int.Parse(line[Field.Length..], CultureInfo.InvariantCulture);
    }
}
