namespace FastFlannel.Control;

/// <summary>What the udp backend reads from the Backend object.</summary>
/// <param name="Port">
/// The UDP port, 1 to 65535. A node listens on it and sends to it on every peer: peers' ports are not in their leases.
/// </param>
public sealed record UdpBackendConfig(int Port)
{
    /// <summary>flannel's port, used when the config names none.</summary>
    public const int DefaultPort = 8285;

    /// <summary>Reads <see cref="NetworkConfig.Backend"/>; fields other than Port are ignored.</summary>
    /// <param name="json">The Backend object; any text at all.</param>
    public static ReadResult<UdpBackendConfig> Read(string json)
    {
        const string Expected = "a UDP port from 1 to 65535";
        List<string> problems = [];
        var fields = JsonFields.Of(json, "Backend", problems);
        ulong port = fields.WholeNumber("Port", Expected) ?? DefaultPort;
        if (port is 0 or > ushort.MaxValue)
            problems.Add($"Port is {port}, expected {Expected}");

        return problems.Count > 0
            ? ReadResult<UdpBackendConfig>.Bad(problems)
            : ReadResult<UdpBackendConfig>.Of(new UdpBackendConfig((int)port));
    }
}
