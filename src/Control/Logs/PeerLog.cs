using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>
/// Says what happens to each peer, as long as that is little. Of many changes at once, and of changes that do not end, it says how many
/// more there were, now and then; those since are said with the next change.
/// </summary>
internal sealed class PeerLog(TimeProvider time, ILogger logger)
{
    private const int MostLines = 30;
    private static readonly TimeSpan Refill = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CountPause = TimeSpan.FromSeconds(10);

    private double _lines = MostLines;
    private long _refilled = time.GetTimestamp();
    private long? _counted;
    private int _unsaid;

    /// <summary>Says what has changed.</summary>
    public void Note(LeaseDiff diff)
    {
        long now = time.GetTimestamp();
        _lines = Math.Min(MostLines, _lines + (time.GetElapsedTime(_refilled, now) / Refill));
        _refilled = now;

        // What was left unsaid before comes first.
        SayHowMany(now);
        foreach (Lease lease in diff.Added.Where(HasRoom))
            logger.PeerAdded(lease.Subnet, lease.Attributes.PublicIP);

        foreach (LeaseChange change in diff.Changed.Where(HasRoom))
            logger.PeerChanged(change.New.Subnet, change.Old.Attributes.ToJson(), change.New.Attributes.ToJson());

        foreach (Lease lease in diff.Removed.Where(HasRoom))
            logger.PeerRemoved(lease.Subnet, lease.Attributes.PublicIP);

        SayHowMany(now);
    }

    private bool HasRoom<T>(T change)
    {
        bool has = _lines >= 1;
        _lines -= has ? 1 : 0;
        _unsaid += has ? 0 : 1;
        return has;
    }

    private void SayHowMany(long now)
    {
        if (_unsaid == 0 || (_counted is { } last && time.GetElapsedTime(last, now) < CountPause))
            return;

        logger.MorePeers(_unsaid);
        (_unsaid, _counted) = (0, now);
    }
}
