using System.Runtime.InteropServices;

namespace FastFlannel.Native;

/// <summary>Calls about child processes that the C library binding in use does not declare. Those of posix_spawn(3) return an errno.</summary>
internal static unsafe partial class SpawnCalls
{
    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    internal static partial int InitActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    internal static partial int AddDuplicate(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    internal static partial int DestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    internal static partial int Spawn(int* id, byte* path, byte* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    internal static partial int WaitFor(int id, int* status, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int id, int signal);

    /// <summary>Sends a signal to one thread. For tests of what becomes of a wait that is interrupted (signal(7)).</summary>
    [LibraryImport("libc", EntryPoint = "tgkill", SetLastError = true)]
    internal static partial int KillThread(int process, int thread, int signal);
}
