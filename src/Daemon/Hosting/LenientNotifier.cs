using System.Net.Sockets;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Daemon;

/// <summary>Tells systemd, and goes on where systemd cannot be told: packets matter more. flanneld only logs it as well.</summary>
internal sealed class LenientNotifier(ILogger<LenientNotifier> logger) : ISystemdNotifier
{
    private readonly SystemdNotifier _systemd = new();
    private bool _hasFailed;

    /// <inheritdoc/>
    public bool IsEnabled => _systemd.IsEnabled;

    /// <inheritdoc/>
    public void Notify(ServiceState state)
    {
        try
        {
            _systemd.Notify(state);
        }
        catch (SocketException e)
        {
            if (!_hasFailed)
                logger.SystemdNotTold(e.Message);

            _hasFailed = true;
        }
    }
}
