using System.Runtime.InteropServices;
using System.Text;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>A process that was started with chosen descriptors, from number 3 on (posix_spawn(3)), which the class library cannot.</summary>
public sealed class ChildProcess
{
    private const int FirstNumber = 3;
    private const int F_DUPFD_CLOEXEC = 1030; // linux/fcntl.h

    // sizeof(posix_spawn_file_actions_t) is 80 with glibc and musl, on 64 bits.
    private const int ActionsSize = 128;

    private ChildProcess(int id) => Id = id;

    /// <summary>Its process id. It is not used again before <see cref="Wait"/> has told of its end.</summary>
    public int Id { get; }

    /// <summary>Starts a program.</summary>
    /// <param name="path">The program's file.</param>
    /// <param name="arguments">Its arguments, the name it is called by first.</param>
    /// <param name="environment">Its whole environment, as <c>NAME=value</c>.</param>
    /// <param name="descriptors">What it has from number 3 on. Standard input, output and error are this process's.</param>
    /// <exception cref="SysException">There is no such program, or no room for a process.</exception>
    public static unsafe ChildProcess Start(
        string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, IReadOnlyList<Descriptor> descriptors)
    {
        ArgumentNullException.ThrowIfNull(descriptors);
        byte* actions = stackalloc byte[ActionsSize];
        Check(SpawnCalls.InitActions(actions), "prepare a process");
        using var program = new NativeStrings([path]);
        using var argumentList = new NativeStrings(arguments);
        using var variables = new NativeStrings(environment);
        List<int> copies = [];
        try
        {
            // First copies beyond all target numbers, so that no target is overwritten before it has been copied itself.
            foreach (Descriptor descriptor in descriptors)
            {
                using BorrowedDescriptor loan = descriptor.Borrow();
                int copy = LibC.fcntl(loan.Number, F_DUPFD_CLOEXEC, FirstNumber + descriptors.Count);
                if (copy < 0)
                    throw new SysException("copy a descriptor", Marshal.GetLastPInvokeError());

                Check(SpawnCalls.AddDuplicate(actions, copy, FirstNumber + copies.Count), "prepare a process");
                copies.Add(copy);
            }

            int id;
            Check(
                SpawnCalls.Spawn(&id, program.Pointers[0], actions, null, argumentList.Pointers, variables.Pointers), $"start {path}");
            return new ChildProcess(id);
        }
        finally
        {
            foreach (int copy in copies)
                _ = LibC.close(copy);

            _ = SpawnCalls.DestroyActions(actions);
        }
    }

    /// <summary>Waits for its end; not again after it was told of.</summary>
    /// <returns>The exit code, or 128 and the number of the signal that killed it.</returns>
    public unsafe int Wait()
    {
        int status;
        while (SpawnCalls.WaitFor(Id, &status, 0) != Id)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR)
                throw new SysException($"wait for process {Id}", errno);
        }

        // wait(2): the low seven bits are the signal, the next byte the exit code.
        int signal = status & 0x7F;
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal;
    }

    /// <summary>Sends it a signal.</summary>
    /// <param name="signal">Its number, for example 15 for SIGTERM.</param>
    public void Kill(int signal) => _ = SpawnCalls.Kill(Id, signal);

    private static void Check(int errno, string what)
    {
        if (errno != 0)
            throw new SysException(what, errno);
    }

    /// <summary>A list of C strings with a null pointer at its end, as exec(3) takes it.</summary>
    private sealed unsafe class NativeStrings : IDisposable
    {
        private readonly int _count;

        public NativeStrings(IReadOnlyList<string> strings)
        {
            _count = strings.Count;
            Pointers = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (int i = 0; i < _count; i++)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(strings[i] + "\0");
                Pointers[i] = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
                bytes.CopyTo(new Span<byte>(Pointers[i], bytes.Length));
            }
        }

        public byte** Pointers { get; }

        public void Dispose()
        {
            for (int i = 0; i < _count; i++)
                NativeMemory.Free(Pointers[i]);

            NativeMemory.Free(Pointers);
        }
    }
}
