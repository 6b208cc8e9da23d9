using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>A descriptor that another process has opened and handed over. Whoever adopts it finds out what it is.</summary>
public sealed class PassedDescriptor : Descriptor
{
    internal PassedDescriptor(int number)
        : base(number)
    {
    }

    /// <summary>Takes a descriptor that was open when this process began; no child inherits it any more.</summary>
    /// <param name="number">Its number.</param>
    /// <returns>Null when there is none.</returns>
    public static PassedDescriptor? Inherited(int number) =>
        LibC.fcntl(number, LibC.F_SETFD, LibC.FD_CLOEXEC) == 0 ? new PassedDescriptor(number) : null;

    /// <summary>Lets go of the number, which belongs to whoever gets it from here.</summary>
    internal int Detach()
    {
        int number = (int)DangerousGetHandle();
        SetHandleAsInvalid();
        return number;
    }
}
