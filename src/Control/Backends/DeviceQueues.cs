using FastFlannel.Native;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Control;

/// <summary>How many queues the TUN device has, and what keeps each flow on one of them.</summary>
internal sealed class DeviceQueues : IDisposable
{
    // Two busy threads a queue; the other half of the processors is for the kernel and for who sends and receives. Beyond four
    // queues nothing was ever measured.
    private const int MostByThemselves = 4;

    private readonly FlowSteering? _steering;
    private readonly ILogger _logger;

    private DeviceQueues(int count, FlowSteering? steering, ILogger logger)
    {
        Count = count;
        _steering = steering;
        _logger = logger;
        State = count == 1 ? "one queue" : steering is null ? "off" : "on";
    }

    /// <summary>How many.</summary>
    public int Count { get; }

    /// <summary>Whether flows are kept on their queues: <c>on</c>, <c>one queue</c>, or why not.</summary>
    public string State { get; private set; }

    /// <summary>Decides.</summary>
    /// <param name="wanted">What the config says; 0 to choose by the processors.</param>
    /// <param name="processors">Those that this process may use.</param>
    /// <param name="load">Loads the program for so many queues, as <see cref="FlowSteering.Load"/>.</param>
    /// <param name="logger">Is told what could not be had.</param>
    public static DeviceQueues Choose(int wanted, int processors, Func<int, FlowSteering> load, ILogger logger)
    {
        int count = wanted > 0 ? wanted : Math.Clamp(processors / 2, 1, MostByThemselves);
        if (count == 1)
            return new DeviceQueues(1, null, logger);

        try
        {
            return new DeviceQueues(count, load(count), logger);
        }
        catch (SysException e) when (wanted == 0)
        {
            logger.OneQueueOnly(e.Message);
            return new DeviceQueues(1, null, logger);
        }
        catch (SysException e)
        {
            logger.FlowsNotSteered(count, e.Message);
            return new DeviceQueues(count, null, logger) { State = $"off: {e.Message}" };
        }
    }

    /// <summary>Makes the device.</summary>
    /// <param name="name">Its name or pattern.</param>
    /// <exception cref="SysException">As <see cref="TunQueue.Create(string)"/>.</exception>
    public TunQueue[] Create(string name)
    {
        TunQueue[] queues = TunQueue.Create(name, Count);
        Steer(queues);
        return queues;
    }

    /// <summary>Has flows kept on the queues of a device that is there already.</summary>
    public void Steer(TunQueue[] queues)
    {
        if (_steering is null)
            return;

        SysResult steered = queues[0].TrySteer(_steering);
        if (!steered.Ok)
        {
            string cause = $"cannot attach it to {queues[0].Name}: {Errno.Describe(steered.Errno)}";
            State = $"off: {cause}";
            _logger.FlowsNotSteered(Count, cause);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _steering?.Dispose();
}
