using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// What the daemon needs of the host beyond a network, named before anything is written to etcd. It need not be root: a user with
/// CAP_NET_ADMIN is enough (docs/operations.md).
/// </summary>
/// <param name="rights">This process's.</param>
public sealed class HostRights(ProcessRights rights)
{
    private static readonly (Capability Capability, string Name)[] NeededForPrograms =
        [(Capability.NetAdmin, "CAP_NET_ADMIN"), (Capability.Bpf, "CAP_BPF"), (Capability.PerfMon, "CAP_PERFMON")];

    /// <summary>
    /// What this process lacks to load the kernel tunnel's programs. CAP_PERFMON is among it because without it the verifier also
    /// follows branches that a processor may only guess, and refuses programs for what happens there.
    /// </summary>
    internal static IEnumerable<string> MissingForPrograms
    {
        get
        {
            var rights = ProcessRights.Read();
            return NeededForPrograms.Where(needed => !rights.Has(needed.Capability)).Select(needed => needed.Name);
        }
    }

    /// <summary>Refuses to start where devices and routes cannot be changed. For backends that do.</summary>
    /// <param name="backend">The backend's type.</param>
    /// <exception cref="FatalException">There is no CAP_NET_ADMIN.</exception>
    internal void RequireNetAdmin(string backend)
    {
        if (!rights.Has(Capability.NetAdmin))
        {
            throw new FatalException(
                $"the {backend} backend changes devices and routes, and this process, of user {rights.UserId}, does not have CAP_NET_ADMIN: "
                + "start it as root or give it the capability (systemd: AmbientCapabilities=CAP_NET_ADMIN CAP_BPF CAP_PERFMON; a container: "
                + "--cap-add=NET_ADMIN --cap-add=BPF --cap-add=PERFMON)");
        }
    }

    /// <summary>Refuses to start where subnet.env cannot be written once there is a subnet.</summary>
    /// <exception cref="FatalException">It cannot.</exception>
    public void RequireSubnetFile(string path)
    {
        try
        {
            ReplacedFile.Try(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FatalException(
                $"cannot write --subnet-file {path} as user {rights.UserId}: {e.Message}; give the directory to this user (systemd: "
                + "RuntimeDirectory=flannel) or choose another file",
                e);
        }
    }
}
