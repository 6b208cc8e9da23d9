using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class DeviceQueuesTests
{
    private readonly RecordingLogger _logger = new();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    [InlineData(7, 3)]
    [InlineData(8, 4)]
    [InlineData(128, 4)]
    public void Without_a_number_there_is_a_queue_for_two_processors_up_to_four(int processors, int count)
    {
        using var queues = DeviceQueues.Choose(0, processors, FlowSteering.Load, _logger);
        Assert.Equal((count, count == 1 ? "one queue" : "on"), (queues.Count, queues.State));
        Assert.Empty(_logger.Lines);
    }

    [Theory]
    [InlineData(1, "one queue")]
    [InlineData(3, "on")]
    [InlineData(64, "on")]
    public void A_number_in_the_config_is_kept_whatever_the_processors_are(int wanted, string state)
    {
        using var queues = DeviceQueues.Choose(wanted, 2, FlowSteering.Load, _logger);
        Assert.Equal((wanted, state), (queues.Count, queues.State));
        Assert.Empty(_logger.Lines);
    }

    [Fact]
    public void Where_flows_cannot_be_kept_in_order_there_is_one_queue()
    {
        using var queues = DeviceQueues.Choose(0, 16, Refuse, _logger);
        Assert.Equal((1, "one queue"), (queues.Count, queues.State));
        string line = Assert.Single(_logger.Lines);
        Assert.Contains("cannot load it: Operation not permitted", line, StringComparison.Ordinal);
        Assert.Contains("CAP_BPF", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_asks_for_several_gets_them_with_a_warning()
    {
        using var queues = DeviceQueues.Choose(4, 16, Refuse, _logger);
        Assert.Equal((4, "off: cannot load it: Operation not permitted"), (queues.Count, queues.State));
        string line = Assert.Single(_logger.Lines);
        Assert.Contains("one of the 4 queues", line, StringComparison.Ordinal);
        Assert.Contains("cannot load it: Operation not permitted", line, StringComparison.Ordinal);
    }

    private static FlowSteering Refuse(int queues) => throw new SysException("load it", Errno.EPERM);
}
