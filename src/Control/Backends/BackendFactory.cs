using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>Makes the backend that the network config asks for.</summary>
internal static class BackendFactory
{
    /// <summary>The types of this release, for people.</summary>
    public const string Known = "alloc, host-gw, udp and vxlan";

    /// <summary>Makes it; nothing is claimed yet.</summary>
    /// <param name="config">The network config.</param>
    /// <param name="external">Where the peers are.</param>
    /// <param name="kept">Is told of what outlives the daemon.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told what happens.</param>
    /// <exception cref="FatalException">There is no such backend, or its config cannot be used.</exception>
    public static IBackend Make(
        NetworkConfig config, ExternalInterface external, KeptDescriptors kept, TimeProvider time, ILogger logger) =>
        config.BackendType switch
        {
            "alloc" => new AllocBackend(external),
            "host-gw" => new HostGatewayBackend(config, external, time, logger),
            "udp" => new UdpBackend(Settings(UdpBackendConfig.Read(config.Backend)), config, external, kept, time, logger),
            "vxlan" => new VxlanBackend(
                Settings(VxlanBackendConfig.Read(config.Backend, config.EnableIPv6)), config, external, time, logger),
            _ => throw new FatalException(
                $"unknown backend type: {config.BackendType} (this release has {Known}; set Type in the network config's Backend)"),
        };

    private static T Settings<T>(ReadResult<T> read)
        where T : class => read.Value
        ?? throw new FatalException($"Backend in the network config: {string.Join("; ", read.Problems)}");
}
