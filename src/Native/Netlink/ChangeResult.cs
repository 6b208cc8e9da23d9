namespace FastFlannel.Native;

/// <summary>What became of one change of a batch. Errors are values here, because one does not keep the others from being made.</summary>
/// <param name="Change">The change.</param>
/// <param name="Errno">0, or the kernel's error number.</param>
/// <param name="Detail">The kernel's own words about the error and the attribute at fault, if it gave any.</param>
public readonly record struct ChangeResult(KernelChange Change, int Errno, string? Detail)
{
    /// <summary>Whether the kernel made the change.</summary>
    public bool IsMade => Errno == 0;

    /// <summary>
    /// Whether the kernel refused. It did not when there was nothing to do: what was to be added is there (with whatever other
    /// properties), or what was to be deleted is not.
    /// </summary>
    public bool IsFailed => Errno != 0 && !Change.IsNothingToDo(Errno);

    /// <summary>The refusal as an exception, whose message names the entry and the kernel's reason.</summary>
    public SysException ToException() => new(Change.ToString(), Errno, Detail);

    /// <summary>The change and its end, for example <c>cannot add route ...: Network is unreachable (Nexthop ...)</c>.</summary>
    public override string ToString() => IsFailed ? ToException().Message : $"{Change}: {(IsMade ? "done" : "nothing to do")}";
}
