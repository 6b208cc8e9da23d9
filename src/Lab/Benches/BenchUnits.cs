namespace FastFlannel.Lab;

/// <summary>What metrics are called and counted in.</summary>
internal static class BenchUnits
{
    /// <summary>The name on the command line and in JSON.</summary>
    public static string NameOf(BenchMetric metric) => metric switch
    {
        BenchMetric.Tcp1 => "tcp1",
        BenchMetric.Tcp4 => "tcp4",
        BenchMetric.Udp64 => "udp64",
        BenchMetric.Ping => "ping",
        _ => throw new ArgumentOutOfRangeException(nameof(metric)),
    };

    /// <summary>The unit of its values.</summary>
    public static string UnitOf(BenchMetric metric) => metric switch
    {
        BenchMetric.Tcp1 or BenchMetric.Tcp4 => "Gbit/s",
        BenchMetric.Udp64 => "packets/s",
        BenchMetric.Ping => "us",
        _ => throw new ArgumentOutOfRangeException(nameof(metric)),
    };

    /// <summary>A heading for a person.</summary>
    public static string TitleOf(BenchMetric metric) => metric switch
    {
        BenchMetric.Tcp1 => "TCP, 1 stream: Gbit/s received",
        BenchMetric.Tcp4 => "TCP, 4 streams: Gbit/s received in all",
        BenchMetric.Udp64 => "UDP, 64 bytes of payload, as fast as it goes: 1000 packets/s received",
        BenchMetric.Ping => "idle ping: average round trip, us",
        _ => throw new ArgumentOutOfRangeException(nameof(metric)),
    };
}
