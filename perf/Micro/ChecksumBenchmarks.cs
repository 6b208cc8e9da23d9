using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using FastFlannel.Router;

namespace FastFlannel.Perf;

/// <summary>The Internet checksum in vectors, against the plain loop of RFC 1071.</summary>
[MemoryDiagnoser]
public class ChecksumBenchmarks
{
    private byte[] _source = [];
    private byte[] _target = [];

    /// <summary>Bytes: an IP header, a small packet, a full one, a super-packet.</summary>
    [Params(20, 64, 1472, 65532)]
    public int Length { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _source = new byte[Length];
        _target = new byte[Length];
        new Random(1).NextBytes(_source);
    }

    [Benchmark(Baseline = true)]
    public ushort Plain()
    {
        ulong sum = 0;
        for (int i = 0; i + 1 < _source.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(_source.AsSpan(i));

        while (sum >> 16 != 0)
            sum = (sum & 0xFFFF) + (sum >> 16);

        return (ushort)sum;
    }

    [Benchmark]
    public ushort Sum() => InternetChecksum.Sum(_source);

    [Benchmark]
    public ushort CopyAndSum() => InternetChecksum.CopyAndSum(_source, _target);
}
