using System.Net.Sockets;
using FastFlannel.Native;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Daemon;

/// <summary>
/// Tells systemd (sd_notify(3)), and goes on where systemd cannot be told, or does not read: packets matter more. flanneld only logs it
/// as well.
/// </summary>
internal sealed class LenientNotifier(ILogger<LenientNotifier> logger) : ISystemdNotifier
{
    private readonly string? _path = Environment.GetEnvironmentVariable(NotifySocket.Variable);
    private bool _hasFailed;

    /// <inheritdoc/>
    public bool IsEnabled => !string.IsNullOrEmpty(_path);

    /// <inheritdoc/>
    public void Notify(ServiceState state)
    {
        if (string.IsNullOrEmpty(_path))
            return;

        try
        {
            NotifySocket.Send(_path, state.ToString(), []);
        }
        catch (Exception e) when (e is SocketException or SysException)
        {
            if (!_hasFailed)
                logger.SystemdNotTold(e.Message);

            _hasFailed = true;
        }
    }
}
