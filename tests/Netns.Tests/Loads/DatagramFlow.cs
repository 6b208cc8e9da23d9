using System.Net.Sockets;
using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>
/// One flow of datagrams between two ends. The receiver acknowledges each burst and the sender is never more than two ahead, so
/// that no queue on the way overflows: whatever is lost, doubled, out of order or changed is somebody's mistake.
/// </summary>
internal sealed class DatagramFlow : IDisposable
{
    private const int BurstsAhead = 2;
    private const int SolSocket = 1;
    private const int SoNoCheck = 11; // asm-generic/socket.h
    private const int SolUdp = 17;
    private const int UdpSegment = 103; // linux/udp.h
    private const int ReceiveBufferSize = 4 << 20;
    private const int MaximumProblems = 20;

    private static readonly TimeSpan LossLimit = TimeSpan.FromSeconds(5);

    private readonly string _name;
    private readonly int _flow;
    private readonly DatagramPlan _plan;
    private readonly Socket _sender;
    private readonly Socket _receiver;
    private readonly List<string> _problems = [];
    private int _next;

    private DatagramFlow(Endpoint from, Endpoint to, int flow, DatagramPlan plan)
    {
        (_name, _flow, _plan) = ($"flow {flow} from {from.Name} to {to.Name}", flow, plan);
        _receiver = NamespaceSocket.BindUdp(to.Namespace, to.Address, 0);
        _sender = NamespaceSocket.BindUdp(from.Namespace, from.Address, 0);
        _sender.Connect(_receiver.LocalEndPoint!);
        _receiver.Connect(_sender.LocalEndPoint!);
        _receiver.ReceiveBufferSize = ReceiveBufferSize;
        _receiver.ReceiveTimeout = _sender.ReceiveTimeout = (int)LossLimit.TotalMilliseconds;
    }

    /// <summary>Sends several flows at once, and fails with all that was wrong with them.</summary>
    /// <param name="pairs">From where to where; each has one flow of every kind asked for.</param>
    /// <param name="datagrams">How many in each flow, at least.</param>
    /// <param name="flows">What each flow consists of.</param>
    public static async Task AssertAsync(
        IReadOnlyList<(Endpoint From, Endpoint To)> pairs, int datagrams, params IReadOnlyList<DatagramKinds> flows)
    {
        IReadOnlyList<string>[] problems = await Task.WhenAll(pairs.SelectMany((pair, i) => flows.Select((kinds, k) =>
            RunOneAsync(pair.From, pair.To, (i * flows.Count) + k + 1, datagrams, kinds))));
        string all = string.Join('\n', problems.SelectMany(list => list));
        Assert.True(all.Length == 0, all);
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }

    private static async Task<IReadOnlyList<string>> RunOneAsync(
        Endpoint from, Endpoint to, int flow, int datagrams, DatagramKinds kinds)
    {
        using var one = new DatagramFlow(from, to, flow, new DatagramPlan(flow, datagrams, kinds));
        if (kinds.HasFlag(DatagramKinds.WithoutChecksum))
            one._sender.SetRawSocketOption(SolSocket, SoNoCheck, BitConverter.GetBytes(1));

        await Task.WhenAll(OnThread(one.Send), OnThread(one.Receive));
        return one._problems;
    }

    private void Send()
    {
        byte[] buffer = new byte[65536];
        byte[] acknowledgement = new byte[4];
        try
        {
            for (int i = 0; i < _plan.Bursts.Count + BurstsAhead; i++)
            {
                if (i >= BurstsAhead && _sender.Receive(acknowledgement) != 4)
                    Note($"the acknowledgement of burst {i - BurstsAhead} has another length");

                if (i < _plan.Bursts.Count)
                    Send(_plan.Bursts[i], buffer);
            }
        }
        catch (SocketException error)
        {
            Note($"the sender ended early: {error.SocketErrorCode}");
        }
    }

    private void Send(DatagramBurst burst, byte[] buffer)
    {
        int filled = 0;
        for (int number = burst.First; number < burst.First + burst.Count; number++)
        {
            filled += _plan.Write(number, buffer.AsSpan(filled));
            if (burst.IsBundle)
                continue;

            _ = _sender.Send(buffer.AsSpan(0, filled));
            filled = 0;
        }

        if (burst.IsBundle)
        {
            _sender.SetRawSocketOption(SolUdp, UdpSegment, BitConverter.GetBytes(_plan.Size(burst.First)));
            _ = _sender.Send(buffer.AsSpan(0, filled));
            _sender.SetRawSocketOption(SolUdp, UdpSegment, BitConverter.GetBytes(0));
        }
    }

    private void Receive()
    {
        byte[] datagram = new byte[65536];
        byte[] expected = new byte[DatagramPlan.MaximumSize];
        try
        {
            foreach (DatagramBurst burst in _plan.Bursts)
            {
                while (_next < burst.First + burst.Count)
                    Check(datagram.AsSpan(0, _receiver.Receive(datagram)), expected);

                _ = _receiver.Send(BitConverter.GetBytes(burst.First));
            }
        }
        catch (SocketException error)
        {
            Note($"datagram {_next} of {_plan.Count} never came: {error.SocketErrorCode}");
        }
    }

    private void Check(ReadOnlySpan<byte> datagram, byte[] expected)
    {
        int size = _plan.Write(_next, expected);
        if (datagram.SequenceEqual(expected.AsSpan(0, size)))
        {
            _next++;
            return;
        }

        // From here on the test has failed; what follows is to tell how.
        if (DatagramPlan.NumbersOf(datagram) is not var (flow, number) || flow != _flow || number < 0 || number >= _plan.Count)
            Note($"{datagram.Length} bytes came that look like nothing in the flow, for the {size} of {_next++}");
        else if (number < _next)
            Note($"{number} came again or late, after {_next - 1}");
        else if (number > _next)
        {
            Note($"{number} came in place of {_next}: what is between is lost or comes late");
            _next = number + 1;
        }
        else
            Note($"{datagram.Length} bytes came as {_next++}, not all as the {size} that were sent");
    }

    private void Note(string problem)
    {
        lock (_problems)
        {
            if (_problems.Count < MaximumProblems)
                _problems.Add($"{_name}: {problem}");
        }
    }

    private static Task OnThread(Action run) =>
        Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
