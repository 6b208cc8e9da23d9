using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>A device of the overlay as it should be.</summary>
/// <param name="Name">Its name.</param>
internal abstract record KernelDevice(string Name)
{
    /// <summary>Why a link of this name cannot become the device, or null: changing it will do.</summary>
    /// <param name="link">The link.</param>
    /// <param name="links">All links.</param>
    public abstract string? WhyUnfit(LinkInfo link, IReadOnlyList<LinkInfo> links);

    /// <summary>What to change on a link that is not unfit; nothing when all is right.</summary>
    public abstract LinkChange Repair(LinkInfo link, IReadOnlyList<LinkInfo> links);

    /// <summary>Makes the device; null when that is somebody else's business.</summary>
    /// <exception cref="SysException">The kernel refused, or the interface is gone.</exception>
    public abstract LinkInfo? Make(RouteNetlink netlink, IReadOnlyList<LinkInfo> links);
}
