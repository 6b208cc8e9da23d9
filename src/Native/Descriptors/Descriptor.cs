using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>An open file descriptor. Closed when disposed and no longer borrowed.</summary>
public abstract class Descriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>Takes ownership of an open descriptor.</summary>
    protected Descriptor(int number)
        : base(ownsHandle: true) => SetHandle(number);

    /// <summary>
    /// Lends the raw number to a loop for one run. Until the loan is disposed the descriptor stays open, so that a loop never
    /// works on a number that the kernel has given to somebody else.
    /// </summary>
    public BorrowedDescriptor Borrow() => new(this);

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => LibC.close((int)handle) == 0;
}

/// <summary>A loan of a <see cref="Descriptor"/>'s raw number; disposing it ends the loan.</summary>
public readonly ref struct BorrowedDescriptor : IDisposable
{
    private readonly Descriptor _owner;

    internal BorrowedDescriptor(Descriptor owner)
    {
        bool added = false;
        owner.DangerousAddRef(ref added);
        _owner = owner;
        Number = (int)owner.DangerousGetHandle();
    }

    /// <summary>The raw descriptor.</summary>
    public int Number { get; }

    /// <summary>Ends the loan.</summary>
    public void Dispose() => _owner?.DangerousRelease();
}
