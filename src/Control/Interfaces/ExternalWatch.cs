using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// Follows the address through which this host reaches its peers. The kernel tells when something changes; what there is then is
/// read anew, and <see cref="ExternalDecision"/> says what it means. docs/adr/0014-address-changes.md.
/// </summary>
/// <param name="external">The interface in use.</param>
/// <param name="options">What the operator says about it.</param>
/// <param name="config">The overlay's own networks.</param>
/// <param name="move">Takes another one into use; when it throws <see cref="SysException"/> it is tried again.</param>
/// <param name="status">Is told what is wrong.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Is told of moves, and once of each trouble.</param>
internal sealed class ExternalWatch(
    ExternalInterface external,
    InterfaceOptions options,
    NetworkConfig config,
    Action<ExternalInterface> move,
    NodeStatus status,
    TimeProvider time,
    ILogger logger)
{
    // As long as there is no address to use: a default route that comes makes one usable and is no event here.
    private static readonly TimeSpan LookPause = TimeSpan.FromSeconds(1);

    private ExternalInterface _external = external;
    private string? _trouble;

    /// <summary>
    /// How long an address may be away before that counts. DHCP clients and network managers take one away and give it back when they
    /// renew it or start again; a socket that is bound to it works again by itself.
    /// </summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Follows it until told to stop.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        // Listening comes first: what changes between two looks makes an event, and the next look sees it.
        using var events = RouteEvents.Open(
            RouteEventGroups.Links | RouteEventGroups.Ipv4Addresses | RouteEventGroups.Ipv6Addresses);
        using var netlink = RouteNetlink.Open();
        long? missingSince = null;
        while (true)
        {
            ExternalDecision? decision = Decide(netlink, out int home);
            if (decision is ExternalDecision.Stay)
            {
                missingSince = null;
                Tell(null);
                await WaitAsync(events, change => IsNear(change, home), Timeout.InfiniteTimeSpan, cancellation);
                continue;
            }

            missingSince ??= time.GetTimestamp();
            TimeSpan grace = Grace - time.GetElapsedTime(missingSince.Value);
            await WaitAsync(events, IsAny, grace > TimeSpan.Zero ? grace : Act(decision), cancellation);
        }
    }

    /// <param name="netlink">The kernel.</param>
    /// <param name="home">The link that has the address; not the one in use where a host sends from an address on its loopback.</param>
    /// <returns>Null when the kernel gave no list.</returns>
    private ExternalDecision? Decide(RouteNetlink netlink, out int home)
    {
        home = 0;
        try
        {
            InterfaceSnapshot snapshot = InterfaceSnapshot.Read(netlink).Outside(config);
            home = snapshot.OwnerOf(_external.Address.ToIPAddress())?.Index ?? 0;
            return ExternalDecision.Of(snapshot, options, _external);
        }
        catch (SysException e)
        {
            logger.InterfacesNotRead(e.Message);
            return null;
        }
    }

    /// <returns>When to look again.</returns>
    private TimeSpan Act(ExternalDecision? decision)
    {
        if (decision is ExternalDecision.Lost lost)
            Tell($"the address {string.Join(" or ", _external.Addresses)} is gone from {_external.Name}: {lost.Problem}");
        else if (decision is ExternalDecision.Move(var next) && TryMove(next))
            return TimeSpan.Zero;

        return LookPause;
    }

    private bool TryMove(ExternalInterface next)
    {
        try
        {
            move(next);
        }
        catch (SysException e)
        {
            Tell($"cannot change over from {_external.Address} to {next.Address}: {e.Message}");
            return false;
        }

        status.ReportMove();
        logger.ExternalMoved(_external, next);
        _external = next;
        return true;
    }

    private void Tell(string? trouble)
    {
        if (trouble is not null && trouble != _trouble)
            logger.ExternalLost(trouble);
        else if (trouble is null && _trouble is not null)
            logger.ExternalBack(_external);

        status.ReportExternal(_trouble = trouble);
    }

    /// <summary>Waits until something has happened that matters, or for as long as the limit.</summary>
    private async Task WaitAsync(
        RouteEvents events, Func<RouteEvent, bool> matters, TimeSpan limit, CancellationToken cancellation)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using ITimer timer = time.CreateTimer(_ => wait.Cancel(), null, limit, Timeout.InfiniteTimeSpan);
        try
        {
            while (!(await events.WaitAsync(wait.Token)).Any(matters))
            {
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The limit.
        }
    }

    /// <summary>Links and addresses of containers come and go all the time.</summary>
    private bool IsNear(RouteEvent change, int home) =>
        change.Kind == RouteEventKind.Overrun || change.LinkIndex == _external.LinkIndex || change.LinkIndex == home;

    private static bool IsAny(RouteEvent change) => true;
}
