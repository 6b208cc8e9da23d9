using System.Globalization;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// A host of a lab on which systemd runs as process 1, with its own processes and mounts and what it changes of this machine's files in
/// memory (<c>machine.sh</c>). FastFlannel's Debian package is installed.
/// </summary>
internal sealed class SystemdMachine : IAsyncDisposable
{
    private const string Service = "fastflannel";
    private const string DropIn = $"/etc/systemd/system/{Service}.service.d/test.conf";

    private static readonly string Script = Checkout.File("tests/Netns.Tests/Systemd/machine.sh");
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly LabHost _host;
    private readonly LabProcess _process;
    private string _init = "";

    private SystemdMachine(LabHost host)
    {
        _host = host;
        _process = host.Namespace.Start([Script, "boot", host.Directory, host.Namespace.Name], Path.Combine(host.Directory, "systemd.log"));
    }

    /// <summary>What the service's daemon has written.</summary>
    public SubnetEnv Env => SubnetEnv.Read(File("/run/flannel/subnet.env"));

    /// <summary>Boots, and installs the package.</summary>
    /// <param name="host">Whose network it has; no daemon runs there.</param>
    /// <param name="settings">Lines of /etc/default/fastflannel.</param>
    /// <param name="cancellation">Gives up early.</param>
    public static async Task<SystemdMachine> BootAsync(LabHost host, IReadOnlyList<string> settings, CancellationToken cancellation)
    {
        var machine = new SystemdMachine(host);
        try
        {
            await machine.WaitForInitAsync(cancellation);
            await machine.InstallAsync(cancellation);
            await System.IO.File.WriteAllLinesAsync(machine.File($"/etc/default/{Service}"), settings, cancellation);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    /// <summary>A file of the machine as one of this machine's.</summary>
    public string File(string path) => $"/proc/{_init}/root{path}";

    /// <summary>Runs a command there to its end.</summary>
    public Task<CommandResult> RunAsync(IReadOnlyList<string> command, CancellationToken cancellation) => Command.RunAsync(
        ["nsenter", "--target", _init, "--mount", "--pid", "--ipc", "--uts", "--cgroup", "--net", .. command], null, Limit, cancellation);

    /// <summary>Has systemctl do something to the service.</summary>
    public Task<CommandResult> ControlAsync(string verb, CancellationToken cancellation, params string[] options) =>
        RunAsync(["systemctl", verb, .. options, Service], cancellation);

    /// <summary>A property of the service.</summary>
    public async Task<string> ShowAsync(string property, CancellationToken cancellation) =>
        (await ControlAsync("show", cancellation, "--value", "--property", property)).OrThrow().Output.Trim();

    /// <summary>Waits until a property of the service has a value, or one that begins with it.</summary>
    public async Task WaitForAsync(string property, string value, CancellationToken cancellation) => _ = await Wait.UntilAsync(
        async () => (await ShowAsync(property, cancellation)).StartsWith(value, StringComparison.Ordinal),
        Limit,
        $"the service's {property} to be {value}\n{await JournalAsync(cancellation)}",
        cancellation);

    /// <summary>Puts settings in force that go before the unit's.</summary>
    /// <param name="settings">Lines of its section Service.</param>
    /// <param name="cancellation">Gives up early.</param>
    public async Task OverrideAsync(IReadOnlyList<string> settings, CancellationToken cancellation)
    {
        _ = Directory.CreateDirectory(Path.GetDirectoryName(File(DropIn))!);
        await System.IO.File.WriteAllLinesAsync(File(DropIn), ["[Service]", .. settings], cancellation);
        _ = (await RunAsync(["systemctl", "daemon-reload"], cancellation)).OrThrow();
    }

    /// <summary>What the service and systemd have said of it.</summary>
    public async Task<string> JournalAsync(CancellationToken cancellation) =>
        (await RunAsync(["journalctl", "--no-pager", "--output", "cat", "--unit", Service], cancellation)).Output;

    public async ValueTask DisposeAsync()
    {
        // Process 1 of the machine ends with its parent, and all others with it.
        _ = await _process.StopAsync("KILL", CancellationToken.None);
        _ = (await Command.RunAsync([Script, "remove", _host.Directory, _host.Namespace.Name], CancellationToken.None)).OrThrow();
        await _process.DisposeAsync();
    }

    private async Task WaitForInitAsync(CancellationToken cancellation)
    {
        string children = string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/task/{_process.Id}/children");
        _ = await Wait.UntilAsync(IsInit, Limit, $"systemd to begin\n{_process.Tail(5)}", cancellation);
        _ = await Wait.UntilAsync(
            async () => (await RunAsync(["systemctl", "is-system-running"], cancellation)).Output.Trim() == "running",
            Limit,
            "systemd to have booted",
            cancellation);

        bool IsInit()
        {
            if (_process.HasExited)
                throw new LabException($"the machine ended at once:\n{_process.Tail(5)}");

            _init = System.IO.File.ReadAllText(children).Trim();
            return _init != "" && System.IO.File.ReadAllText($"/proc/{_init}/comm").Trim() == "systemd";
        }
    }

    private async Task InstallAsync(CancellationToken cancellation)
    {
        string package = (await Command.RunAsync([Checkout.File("dist/make-deb.sh")], null, Limit, cancellation)).OrThrow().Output.Split('\'')[3];
        System.IO.File.Copy(Checkout.File(package), File("/tmp/package.deb"));
        _ = (await RunAsync(["dpkg", "--install", "/tmp/package.deb"], cancellation)).OrThrow();
    }
}
