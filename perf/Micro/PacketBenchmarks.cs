using BenchmarkDotNet.Attributes;
using FastFlannel.Native;
using FastFlannel.Router;

namespace FastFlannel.Perf;

/// <summary>What user code does to one packet, without the system calls.</summary>
[MemoryDiagnoser]
public class PacketBenchmarks
{
    private readonly byte[] _packet = new byte[1472];
    private readonly byte[] _reply = new byte[IcmpReply.MaximumLength];

    [GlobalSetup]
    public void SetUp()
    {
        byte[] header = [0x45, 0, 0x05, 0xC0, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 5, 1, 2, 10, 5, 2, 2];
        header.CopyTo(_packet, 0);
        ushort checksum = InternetChecksum.Compute(header);
        (_packet[10], _packet[11]) = ((byte)(checksum >> 8), (byte)checksum);
    }

    [Benchmark]
    public DropReason ParseAndTakeAHop()
    {
        _packet[8] = 64;
        DropReason reason = PacketView.TryParse(_packet, out PacketView packet);
        packet.DecrementTimeToLive();
        return reason;
    }

    [Benchmark]
    public bool VerifyHeader() => PacketView.TryParse(_packet, out PacketView packet) == DropReason.None && packet.HasValidChecksum;

    [Benchmark]
    public ushort ChecksumOfAFullPacket() => InternetChecksum.Compute(_packet);

    [Benchmark]
    public int WriteIcmpError()
    {
        _ = PacketView.TryParse(_packet, out PacketView packet);
        return IcmpReply.Write(_reply, packet, IcmpError.NetUnreachable, new Ipv4Address(0x0A050100));
    }
}
