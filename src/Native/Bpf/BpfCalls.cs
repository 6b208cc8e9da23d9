using System.Runtime.InteropServices;

namespace FastFlannel.Native;

/// <summary>bpf(2), which C libraries do not wrap.</summary>
internal static unsafe partial class BpfCalls
{
    // asm/unistd.h: x86-64 has a table of its own, arm64 and what came later share one.
    private static nint Number => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 321 : 280;

    public static int Bpf(int command, void* attributes, uint size) => (int)Call(Number, command, attributes, size);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint command, void* attributes, nuint size);
}
