namespace FastFlannel.Daemon;

/// <summary>Whether the host takes part in the overlay: said once by the node, asked by the health endpoints.</summary>
internal sealed class Readiness
{
    private volatile bool _isReady;

    public bool IsReady => _isReady;

    public void Announce() => _isReady = true;
}
