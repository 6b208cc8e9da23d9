using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>What a wait ended with.</summary>
public enum WaitResult
{
    /// <summary>The descriptor can be read or written, or has an error that the next call will name.</summary>
    Ready,

    /// <summary>The <see cref="WakeEvent"/> was set.</summary>
    Woken,

    /// <summary>The time was up.</summary>
    TimedOut,
}

/// <summary>Which of the descriptors that were waited for are ready.</summary>
[Flags]
public enum ReadySet
{
    /// <summary>None: the time was up.</summary>
    None = 0,

    /// <summary>The first can be read, or has an error that the next call will name.</summary>
    First = 1,

    /// <summary>The same of the second.</summary>
    Second = 2,

    /// <summary>The <see cref="WakeEvent"/> was set.</summary>
    Woken = 4,

    /// <summary>The <see cref="Signal"/> was set.</summary>
    Signalled = 8,
}

/// <summary>Reads, writes and waits on raw descriptors; the calls of the packet loop. No allocation, no exception.</summary>
public static unsafe class DescriptorIo
{
    /// <summary>read(2): one packet from a TUN queue.</summary>
    public static SysResult Read(int descriptor, Span<byte> buffer)
    {
        // The span pins the memory for the call, and its length bounds what the kernel writes.
        fixed (byte* start = buffer)
            return SysResult.Of((long)LibC.read(descriptor, start, buffer.Length));
    }

    /// <summary>write(2): one packet into a TUN queue.</summary>
    public static SysResult Write(int descriptor, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
            return SysResult.Of((long)LibC.write(descriptor, start, buffer.Length));
    }

    /// <summary>Waits until <paramref name="descriptor"/> can be read.</summary>
    /// <param name="descriptor">A TUN queue or a socket.</param>
    /// <param name="wake">The raw number of the <see cref="WakeEvent"/> that ends the wait.</param>
    /// <param name="timeoutMilliseconds">-1 waits for ever.</param>
    public static WaitResult WaitReadable(int descriptor, int wake, int timeoutMilliseconds = -1) =>
        Wait(descriptor, LibC.POLLIN, wake, timeoutMilliseconds);

    /// <summary>Waits until <paramref name="descriptor"/> can be written.</summary>
    /// <inheritdoc cref="WaitReadable"/>
    public static WaitResult WaitWritable(int descriptor, int wake, int timeoutMilliseconds = -1) =>
        Wait(descriptor, LibC.POLLOUT, wake, timeoutMilliseconds);

    /// <summary>Waits until one of two descriptors can be read.</summary>
    /// <param name="first">A TUN queue, a socket or an event.</param>
    /// <param name="second">Another.</param>
    /// <param name="wake">The raw number of the <see cref="WakeEvent"/> that ends the wait.</param>
    /// <param name="signal">That of the <see cref="Signal"/> that ends it as well.</param>
    public static ReadySet WaitEitherReadable(int first, int second, int wake, int signal)
    {
        pollfd* entries = stackalloc pollfd[4];
        entries[0] = new pollfd { fd = first, events = LibC.POLLIN };
        entries[1] = new pollfd { fd = second, events = LibC.POLLIN };
        entries[2] = new pollfd { fd = wake, events = LibC.POLLIN };
        entries[3] = new pollfd { fd = signal, events = LibC.POLLIN };
        ReadySet ready = ReadySet.None;
        if (LibC.poll(entries, 4, -1) > 0)
        {
            ready |= entries[0].revents != 0 ? ReadySet.First : 0;
            ready |= entries[1].revents != 0 ? ReadySet.Second : 0;
            ready |= entries[2].revents != 0 ? ReadySet.Woken : 0;
            ready |= entries[3].revents != 0 ? ReadySet.Signalled : 0;
        }

        return ready;
    }

    /// <summary>Waits for the wake event alone: a pause that can be cut short.</summary>
    public static WaitResult WaitForWake(int wake, int timeoutMilliseconds) => Wait(-1, 0, wake, timeoutMilliseconds);

    private static WaitResult Wait(int descriptor, short events, int wake, int timeoutMilliseconds)
    {
        // poll(2) ignores entries with a negative descriptor.
        pollfd* entries = stackalloc pollfd[2];
        entries[0] = new pollfd { fd = wake, events = LibC.POLLIN };
        entries[1] = new pollfd { fd = descriptor, events = events };
        int ready = LibC.poll(entries, 2, timeoutMilliseconds);
        if (ready == 0)
            return WaitResult.TimedOut;

        // An interrupted poll (-1) counts as ready: the caller's next call finds out that it is not.
        return ready > 0 && entries[0].revents != 0 ? WaitResult.Woken : WaitResult.Ready;
    }
}
