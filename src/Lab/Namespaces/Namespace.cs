namespace FastFlannel.Lab;

/// <summary>A network namespace with a name (ip-netns(8)): a host, a container or the switch between them.</summary>
public sealed class Namespace
{
    private Namespace(string name) => Name = name;

    /// <summary>Its name, as <c>ip netns</c> lists it.</summary>
    public string Name { get; }

    /// <summary>The file that stands for it, for setns(2).</summary>
    public string Path => $"/run/netns/{Name}";

    /// <summary>Makes a namespace and brings its loopback device up.</summary>
    /// <param name="name">Its name; see <see cref="LabName"/>.</param>
    /// <param name="cancellation">Gives up early.</param>
    public static async Task<Namespace> CreateAsync(string name, CancellationToken cancellation)
    {
        _ = (await Command.RunAsync(["ip", "netns", "add", name], cancellation)).OrThrow();
        var made = new Namespace(name);
        await made.IpAsync(["link set lo up"], cancellation);
        return made;
    }

    /// <summary>Runs a command inside to its end.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="limit">After this long the command is killed.</param>
    /// <param name="cancellation">Kills the command early.</param>
    public Task<CommandResult> ExecAsync(IReadOnlyList<string> command, TimeSpan limit, CancellationToken cancellation) =>
        Command.RunAsync(Inside(command), null, limit, cancellation);

    /// <summary>Runs a command inside to its end, within <see cref="Command.DefaultLimit"/>.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="cancellation">Kills the command early.</param>
    public Task<CommandResult> ExecAsync(IReadOnlyList<string> command, CancellationToken cancellation) =>
        ExecAsync(command, Command.DefaultLimit, cancellation);

    /// <summary>Starts a long-running command inside.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="logFile">Where its output goes.</param>
    public LabProcess Start(IReadOnlyList<string> command, string logFile) => LabProcess.Start(Inside(command), logFile);

    /// <summary>Has one <c>ip</c> do several things inside, in order, stopping at the first that fails.</summary>
    /// <param name="lines">Commands without the leading <c>ip</c>, for example <c>link set lo up</c>.</param>
    /// <param name="cancellation">Gives up early.</param>
    public async Task IpAsync(IReadOnlyList<string> lines, CancellationToken cancellation)
    {
        // Run inside instead of with `netns` arguments: kernels before 6.15 look for a name that is taken where `ip` runs.
        CommandResult result = await Command.RunAsync(
            ["ip", "-n", Name, "-batch", "-"], string.Join('\n', lines) + '\n', Command.DefaultLimit, cancellation);
        if (!result.Ok)
            throw new LabException($"in {Name}, one of [{string.Join("; ", lines)}] failed: {result.Error.Trim()}");
    }

    /// <summary>Writes a kernel setting of the namespace.</summary>
    /// <param name="setting">Below /proc/sys/net, for example <c>ipv4/ip_forward</c>.</param>
    /// <param name="value">The text to write.</param>
    /// <param name="cancellation">Gives up early.</param>
    public async Task SetAsync(string setting, string value, CancellationToken cancellation) =>
        _ = (await ExecAsync(["sh", "-c", "echo \"$1\" > \"/proc/sys/net/$2\"", "sh", value, setting], cancellation)).OrThrow();

    /// <summary>Makes it a router.</summary>
    /// <param name="isDualStack">Whether of IPv6 too.</param>
    /// <param name="cancellation">Gives up early.</param>
    public async Task ForwardAsync(bool isDualStack, CancellationToken cancellation)
    {
        await SetAsync("ipv4/ip_forward", "1", cancellation);
        if (isDualStack)
            await SetAsync("ipv6/conf/all/forwarding", "1", cancellation);
    }

    private string[] Inside(IReadOnlyList<string> command) => ["ip", "netns", "exec", Name, .. command];
}
