using System.Text.Json;

namespace FastFlannel.Lab.Tests;

public class DaemonStatusTests
{
    [Fact]
    public void A_status_is_read()
    {
        DaemonStatus status = DaemonStatus.Parse(
            """
            {"backend":"udp","device":"flannel0","mtu":1472,"queues":2,"offloads":{"tso":"on","uso":"off"},
             "outbound":{"packets":5,"bytes":600,"drops":{"noRoute":1}},
             "inbound":{"packets":6,"bytes":700,"drops":{}},
             "loopAllocatedBytes":8,"gc":{"collections":3},"later":[1]}
            """)!;

        Assert.Equal(("udp", "flannel0", 1472, 2), (status.Backend, status.Device, status.Mtu, status.Queues));
        Assert.Equal("off", status.Offloads!["uso"]);
        Assert.Equal((5, 600), (status.Outbound?.Packets, status.Outbound?.Bytes));
        Assert.Equal(1, status.Outbound!.Drops!["noRoute"]);
        Assert.Equal((8, 3), (status.LoopAllocatedBytes, status.Gc?.Collections));
    }

    [Fact]
    public void What_is_missing_is_absent()
    {
        DaemonStatus status = DaemonStatus.Parse("""{"backend":"udp"}""")!;

        Assert.Null(status.Outbound);
        Assert.Null(status.Gc);
    }

    [Fact]
    public void What_is_no_json_is_an_error() =>
        Assert.ThrowsAny<JsonException>(() => DaemonStatus.Parse("flanneld is running"));
}
