using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.Security.Cryptography;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// A real dockerd on a host, with mounts, data, sockets and control groups of its own, and one container. Its image is a static
/// busybox and a file of random bytes that it serves.
/// </summary>
internal sealed class DockerHost : IAsyncDisposable
{
    private const string Image = "lab";

    /// <summary>The name of the one container that is removed at the end.</summary>
    internal const string ContainerName = "web";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly LabHost _host;
    private readonly string _directory;
    private readonly string _group;
    private LabProcess? _process;
    private int _containerProcess;

    /// <summary>Describes one that does not run yet.</summary>
    /// <param name="host">Its host.</param>
    /// <param name="lab">The lab's name, for the control groups.</param>
    public DockerHost(LabHost host, string lab)
    {
        (_host, _group) = (host, $"{lab}-{host.Name}");
        _directory = Directory.CreateDirectory(Path.Combine(host.Directory, "docker")).FullName;
    }

    /// <summary>Whether dockerd has rules of its own, as it has by default.</summary>
    public bool HasFirewall { get; init; }

    /// <summary>The container's address, once it runs.</summary>
    public string Address { get; private set; } = "";

    private string Endpoint => $"unix://{_directory}/sock";

    /// <summary>Starts dockerd and waits until it answers.</summary>
    /// <param name="script">A shell's commands before it, in which <c>$@</c> is dockerd's command line so far; runs <c>exec "$@" …</c>.</param>
    /// <param name="cancellation">Gives up early.</param>
    public async Task StartAsync(string script, CancellationToken cancellation)
    {
        // Not `ip netns exec`, which hides the control groups. runc and containerd keep state below /run, wherever dockerd's is.
        _process = LabProcess.Start(
            [
                "nsenter", $"--net={_host.Namespace.Path}", "unshare", "--mount", "--propagation", "private",
                "sh", "-euc", $"mount -t tmpfs none /run\n{script}", "sh",
                "env", $"PATH={DockerBinaries.SearchPath}", "dockerd", "--host", Endpoint, "--data-root", $"{_directory}/data",
                "--exec-root", $"{_directory}/exec", "--pidfile", $"{_directory}/pid", "--storage-driver", "vfs",
                "--cgroup-parent", $"/{_group}", $"--iptables={(HasFirewall ? "true" : "false")}", "--ip6tables=false",
            ],
            Path.Combine(_host.Directory, "dockerd.log"));
        _ = await Wait.UntilAsync(
            async () => !_process.HasExited
                ? (await TryAsync(["version"], cancellation)).Ok
                : throw new LabException($"dockerd ended:\n{_process.Tail(10)}"),
            Limit,
            "dockerd to answer",
            cancellation);
    }

    /// <summary>Makes an image of files.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="files">Where each is in the image, and where on this machine.</param>
    /// <param name="cancellation">Gives up early.</param>
    public async Task ImportAsync(string name, IEnumerable<(string In, string From)> files, CancellationToken cancellation)
    {
        string image = Path.Combine(_directory, $"{name}.tar");
        await using (var tar = new TarWriter(File.Create(image)))
        {
            HashSet<string> directories = [];
            foreach ((string path, string source) in files)
            {
                foreach (string directory in DirectoriesOf(path).Where(directories.Add))
                    await tar.WriteEntryAsync(EntryOf(TarEntryType.Directory, directory), cancellation);

                await using FileStream content = File.OpenRead(source);
                PaxTarEntry entry = EntryOf(TarEntryType.RegularFile, path);
                entry.DataStream = content;
                await tar.WriteEntryAsync(entry, cancellation);
            }
        }

        // Directories that nobody names are root's alone.
        static IEnumerable<string> DirectoriesOf(string file) => file.Select((at, i) => (at, i))
            .Where(one => one.at == '/' && one.i > 0)
            .Select(one => file[..one.i]);

        static PaxTarEntry EntryOf(TarEntryType type, string path) => new(type, path.TrimStart('/')) { Mode = (UnixFileMode)0b111_101_101 };

        _ = await DockerAsync(["import", image, name], cancellation);
    }

    /// <summary>Makes the container.</summary>
    /// <param name="options">For <c>docker run</c>.</param>
    /// <param name="cancellation">Gives up early.</param>
    public async Task RunContainerAsync(string[] options, CancellationToken cancellation)
    {
        string data = Path.Combine(_directory, "served");
        await File.WriteAllBytesAsync(data, RandomNumberGenerator.GetBytes(1 << 20), cancellation);
        await ImportAsync(Image, [("/bin/busybox", DockerBinaries.Busybox!), ("/srv/data", data)], cancellation);
        _ = await DockerAsync(
            ["run", "--detach", "--name", ContainerName, .. options, Image, "/bin/busybox", "httpd", "-f", "-p", "80", "-h", "/srv"],
            cancellation);
        string[] facts = (await DockerAsync(
            ["inspect", "--format", "{{.State.Pid}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", ContainerName],
            cancellation)).Split(' ');
        _containerProcess = int.Parse(facts[0], CultureInfo.InvariantCulture);
        Address = facts[1];
    }

    /// <summary>What <c>docker</c> prints.</summary>
    public async Task<string> DockerAsync(string[] arguments, CancellationToken cancellation) =>
        (await TryAsync(arguments, cancellation)).OrThrow().Output.Trim();

    /// <summary>What the container has said so far.</summary>
    public async Task<string[]> LogAsync(CancellationToken cancellation)
    {
        CommandResult log = await TryAsync(["logs", ContainerName], cancellation);
        return (log.Output + log.Error).Split('\n');
    }

    /// <summary>Waits until the container has said something.</summary>
    public async Task WaitForLogAsync(string text, TimeSpan limit, CancellationToken cancellation)
    {
        string[] log = [];
        try
        {
            _ = await Wait.UntilAsync(IsSaidAsync, limit, $"the container to say '{text}'", cancellation);
        }
        catch (LabException e)
        {
            throw new LabException($"{e.Message}; it said:\n{string.Join('\n', log)}", e);
        }

        async Task<bool> IsSaidAsync()
        {
            log = await LogAsync(cancellation);
            return log.Any(line => line.Contains(text, StringComparison.Ordinal));
        }
    }

    /// <summary>Whether the container does something with success.</summary>
    public async Task<bool> CanAsync(string command, CancellationToken cancellation) =>
        (await TryAsync(["exec", ContainerName, "/bin/busybox", "sh", "-c", command], cancellation)).Ok;

    /// <summary>What the container prints.</summary>
    public Task<string> ExecAsync(string command, CancellationToken cancellation) =>
        DockerAsync(["exec", ContainerName, "/bin/busybox", "sh", "-c", command], cancellation);

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
            return;

        // dockerd takes its time to end a container, and a dockerd that is killed leaves it running.
        _ = await TryAsync(["rm", "--force", ContainerName], CancellationToken.None);
        await _process.DisposeAsync();
        KillContainer();
        RemoveGroups();
    }

    private Task<CommandResult> TryAsync(string[] arguments, CancellationToken cancellation) => Command.RunAsync(
        ["env", $"PATH={DockerBinaries.SearchPath}", "docker", "--host", Endpoint, .. arguments], null, Limit, cancellation);

    private void KillContainer()
    {
        try
        {
            using var left = Process.GetProcessById(_containerProcess);
            if (_containerProcess > 0 && File.ReadAllText($"/proc/{_containerProcess}/cgroup").Contains(_group, StringComparison.Ordinal))
                left.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IOException)
        {
            // It has ended, as it should.
        }
    }

    private void RemoveGroups()
    {
        foreach (string hierarchy in Directory.EnumerateDirectories("/sys/fs/cgroup").Prepend("/sys/fs/cgroup"))
        {
            string group = Path.Combine(hierarchy, _group);
            if (!Directory.Exists(group))
                continue;

            // Files of the kernel's are in them, which a recursive deletion would stumble over.
            foreach (string inner in Directory.EnumerateDirectories(group))
                Directory.Delete(inner);

            Directory.Delete(group);
        }
    }
}
