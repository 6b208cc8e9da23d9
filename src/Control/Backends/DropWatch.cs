using FastFlannel.Router;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// Says whose packets are refused, and what to do if they should not be: a line a reason, and each of them at most once a minute,
/// whoever sends how much.
/// </summary>
/// <param name="router">The router now, or null; it may be another one later.</param>
/// <param name="settings">What is refused.</param>
/// <param name="logger">Is told.</param>
internal sealed class DropWatch(Func<Router.Router?> router, UdpBackendConfig settings, ILogger logger)
{
    private const int MostSources = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private readonly Dictionary<DropReason, long> _said = [];

    /// <summary>Looks until told to stop.</summary>
    public async Task RunAsync(TimeProvider time, CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(router() is { } now && Look(now.Inbound.Drops, now.DropSources) ? Silence : Pause, time, cancellation);
        }
    }

    /// <summary>Looks once.</summary>
    /// <param name="drops">What was dropped so far; less than before when it is a new router that counts.</param>
    /// <param name="sources">Whose, the heaviest first.</param>
    /// <returns>Whether something was said.</returns>
    internal bool Look(IReadOnlyDictionary<DropReason, long> drops, IReadOnlyList<DropSource> sources)
    {
        bool isAnythingSaid = false;
        foreach ((DropReason reason, long count) in drops)
        {
            if (Explain(reason) is not var (what, remedy))
                continue;

            long before = _said.GetValueOrDefault(reason);
            _said[reason] = count;
            long news = count - (count < before ? 0 : before);
            if (news == 0)
                continue;

            IEnumerable<string> heaviest = sources
                .Where(source => source.Reason == reason)
                .Take(MostSources)
                .Select(source => $"{source.Address}");
            logger.PacketsRefused(news, what, string.Join(", ", heaviest), remedy);
            isAnythingSaid = true;
        }

        return isAnythingSaid;
    }

    private (string What, string Remedy)? Explain(DropReason reason) => reason switch
    {
        DropReason.UnknownPeer => (
            "from addresses that are no peer's",
            "if that is a peer, its public address is not the one that it sends from, so give it --public-ip, or set \"PeerCheck\": \"off\""),
        DropReason.WrongPort => (
            $"from peers' addresses but not from port {settings.Port}",
            "if a NAT is in between, set \"PeerNAT\": true"),
        DropReason.NotForHere => (
            "from peers but for others than this host's subnet",
            "if they are to be carried nevertheless, set \"PeerCheck\": \"off\""),
        DropReason.ForeignSource => (
            "from peers but with sources outside of their subnets",
            "if peers forward what comes from elsewhere, set \"PeerCheck\": \"on\""),
        _ => null,
    };
}
