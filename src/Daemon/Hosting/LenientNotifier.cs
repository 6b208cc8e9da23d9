using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Daemon;

/// <summary>
/// Tells systemd (sd_notify(3)), and goes on where systemd cannot be told, or does not read: packets matter more. flanneld only logs it
/// as well.
/// </summary>
internal sealed class LenientNotifier(ILogger<LenientNotifier> logger) : ISystemdNotifier
{
    private const int LimitMilliseconds = 500;

    private readonly string? _path = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
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
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = LimitMilliseconds };

            // A name in the abstract namespace begins with a zero byte, which is written as @.
            socket.Connect(new UnixDomainSocketEndPoint(_path[0] == '@' ? '\0' + _path[1..] : _path));
            _ = socket.Send(Encoding.UTF8.GetBytes(state.ToString()));
        }
        catch (SocketException e)
        {
            if (!_hasFailed)
                logger.SystemdNotTold(e.Message);

            _hasFailed = true;
        }
    }
}
