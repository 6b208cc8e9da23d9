using System.Text.Json.Serialization;

namespace FastFlannel.Lab;

/// <summary>What a bench measures on every path; the names are those of <c>--metrics</c>.</summary>
public enum BenchMetric
{
    /// <summary>One TCP stream: what the receiver got, in 10^9 bits a second.</summary>
    [JsonStringEnumMemberName("tcp1")]
    Tcp1,

    /// <summary>Four TCP streams at once: what the receiver got in all, in 10^9 bits a second.</summary>
    [JsonStringEnumMemberName("tcp4")]
    Tcp4,

    /// <summary>UDP datagrams with 64 bytes of payload, as many as the sender can: packets received a second.</summary>
    [JsonStringEnumMemberName("udp64")]
    Udp64,

    /// <summary>Pings while nothing else is sent: the mean round trip in microseconds.</summary>
    [JsonStringEnumMemberName("ping")]
    Ping,
}
