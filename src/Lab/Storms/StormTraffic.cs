using System.Net.Sockets;

namespace FastFlannel.Lab;

/// <summary>
/// Probes to the peers of a storm, from one or more hosts, until it is disposed of: to the first peer a thousand a second, so that what
/// happens to it is seen to a millisecond, and a quarter as many to the last one and, in turn, to all others.
/// </summary>
public sealed class StormTraffic : IDisposable
{
    private const int PerSecond = 1000;
    private const int OthersEvery = 4;

    private readonly StormPeers _peers;
    private readonly StormFlow[] _flows;
    private readonly StormSink[] _sinks;
    private readonly Thread[] _senders;
    private volatile bool _isOver;

    internal StormTraffic(IEnumerable<LabHost> from, IEnumerable<LabHost> sinks, bool withIcmp, StormPeers peers)
    {
        _peers = peers;
        ProtocolType[] protocols = withIcmp ? [ProtocolType.Udp, ProtocolType.Icmp] : [ProtocolType.Udp];
        (LabHost Host, ProtocolType Protocol)[] all = [.. from.SelectMany(host => protocols.Select(protocol => (host, protocol)))];
        _flows = [.. all.Select((one, number) => new StormFlow(number, one.Host, one.Protocol, peers))];
        _sinks = [.. sinks.Select(host => new StormSink(host, _flows))];
        _senders = [.. _flows.Select(flow => new Thread(() => Send(flow)) { IsBackground = true })];
        foreach (Thread sender in _senders)
            sender.Start();
    }

    /// <summary>The flows, two of each host where there is a kernel tunnel.</summary>
    public IReadOnlyList<StormFlow> Flows => _flows;

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        _isOver = true;
        foreach (Thread sender in _senders)
            sender.Join();

        foreach (IDisposable one in _sinks.Concat<IDisposable>(_flows))
            one.Dispose();
    }

    private void Send(StormFlow flow)
    {
        int between = Math.Max(1, _peers.Count - 2);
        _ = Pace.Keep(PerSecond, () => _isOver, done =>
        {
            flow.Send(0);
            if (done % OthersEvery == 0)
                flow.Send(_peers.Count - 1);
            else if (done % OthersEvery == 2)
                flow.Send((int)(1 + (done / OthersEvery % between)));
        });
    }
}
