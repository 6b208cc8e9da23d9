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
    public static PassedDescriptor? Inherited(int number) => KeepFromChildren(number) ? new PassedDescriptor(number) : null;

    /// <summary>Has no child inherit a descriptor that was open when this process began, and stays open until it ends.</summary>
    /// <returns>Whether there is one of this number.</returns>
    public static bool KeepFromChildren(int number) => LibC.fcntl(number, LibC.F_SETFD, LibC.FD_CLOEXEC) == 0;

    /// <summary>Lets go of the number, which belongs to whoever gets it from here.</summary>
    internal int Detach()
    {
        int number = (int)DangerousGetHandle();
        SetHandleAsInvalid();
        return number;
    }
}
