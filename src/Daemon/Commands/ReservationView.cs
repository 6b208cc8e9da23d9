using FastFlannel.Control;

namespace FastFlannel.Daemon;

/// <summary>Says what has become of a subnet.</summary>
internal static class ReservationView
{
    /// <summary>One or two sentences.</summary>
    public static string Describe(ReservationOutcome outcome)
    {
        string subnet = outcome.Subnet.ToString();
        string host = outcome.HostName is { } name ? $"{outcome.PublicIP} ({name})" : outcome.PublicIP.ToString();
        return outcome.Change switch
        {
            ReservationChange.Reserved => $"{subnet} is reserved for {host}, which takes it when its daemon starts.",
            ReservationChange.LeaseReserved => $"{subnet} is reserved for {host}, which has it: it does not expire any more.",
            ReservationChange.None => $"{subnet} is reserved for {host} already.",
            ReservationChange.LeaseReleased =>
                $"{subnet} is not reserved any more. {host} runs and keeps it, as an ordinary lease that its daemon renews.",
            ReservationChange.LeaseLeftToExpire =>
                $"{subnet} is not reserved any more. It is an ordinary lease of {host}, and ends within a day if that does not run.",
            ReservationChange.ReservationDeleted => $"{subnet} is not reserved for {host} any more and is free.",
            ReservationChange.LeaseDeleted when outcome.HostName is not null =>
                $"The lease of {subnet} is deleted, but {host} runs: its daemon puts it back.",
            ReservationChange.LeaseDeleted => $"The lease of {subnet} by {host} is deleted; it is free.",
            _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome.Change, "no such change"),
        };
    }
}
