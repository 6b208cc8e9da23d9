using System.Globalization;

namespace FastFlannel.Control;

/// <summary>One run of the daemon on one machine, as the mark of a public IP's owner names it.</summary>
/// <param name="HostName">The machine's name, for people. Boxes made from one image may share it.</param>
/// <param name="MachineId">machine-id(5), for people; empty where there is none. Boxes made from one image may share it too.</param>
/// <param name="BootId">One run of one kernel; no two machines share it.</param>
/// <param name="ProcessId">The process, as its own PID namespace counts.</param>
/// <param name="ProcessStart">When the process began, in clock ticks since the machine's boot: tells it from a later one.</param>
internal sealed record HostProcess(string HostName, string MachineId, string BootId, ulong ProcessId, ulong ProcessStart)
{
    private const string Proc = "/proc";

    /// <summary>This process.</summary>
    public static HostProcess Current { get; } = new(
        Environment.MachineName,
        ReadLine("/etc/machine-id"),
        ReadLine($"{Proc}/sys/kernel/random/boot_id"),
        (ulong)Environment.ProcessId,
        StartOf((ulong)Environment.ProcessId) ?? 0);

    /// <summary>
    /// Whether it is known to have ended: it ran on this kernel, and no process here is the one. What runs on another machine
    /// cannot be seen from here.
    /// </summary>
    public bool HasEnded => BootId.Length > 0 && BootId == Current.BootId && StartOf(ProcessId) != ProcessStart;

    /// <summary>As the value in etcd.</summary>
    public string ToJson() => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"HostName":{{GoJson.Quote(HostName)}},"MachineId":{{GoJson.Quote(MachineId)}},"BootId":{{GoJson.Quote(BootId)}},"ProcessId":{{ProcessId}},"ProcessStart":{{ProcessStart}}}""");

    /// <summary>Reads a value in etcd. What is missing or wrong is left empty: any mark on a live etcd lease has an owner.</summary>
    public static HostProcess Read(string json)
    {
        var fields = JsonFields.Of(json, "the owner mark", []);
        return new HostProcess(
            fields.Text("HostName", "a name") ?? "unknown",
            fields.Text("MachineId", "an id") ?? "",
            fields.Text("BootId", "an id") ?? "",
            fields.WholeNumber("ProcessId", "a process id") ?? 0,
            fields.WholeNumber("ProcessStart", "clock ticks") ?? 0);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{HostName} (machine id {MachineId}, boot id {BootId}, process {ProcessId})";

    /// <summary>Field 22 of proc_pid_stat(5). The second is a name in brackets, which may hold anything.</summary>
    private static ulong? StartOf(ulong process)
    {
        string stat = ReadLine(string.Create(CultureInfo.InvariantCulture, $"{Proc}/{process}/stat"));
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);

        // A zombie (state Z, field 3) has ended; only its parent has not asked yet.
        return fields.Length > 19 && fields[0] != "Z" && ulong.TryParse(fields[19], CultureInfo.InvariantCulture, out ulong start)
            ? start
            : null;
    }

    private static string ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
