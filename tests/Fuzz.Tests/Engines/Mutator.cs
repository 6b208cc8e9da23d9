using System.Buffers.Binary;
using System.Text;

namespace FastFlannel.Fuzz.Tests;

/// <summary>Makes new inputs of those there are. The same seed makes the same inputs.</summary>
internal sealed class Mutator
{
    private const int MostSteps = 6;
    private const int LongestRun = 64;

    // Ends of ranges, signs, and first bytes of what is parsed here.
    private static readonly uint[] Interesting =
    [
        0, 1, 2, 3, 4, 8, 16, 20, 28, 40, 64, 0x45, 0x46, 0x4F, 0x60, 0x7F, 0x80, 0xFE, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFF8, 0xFFFF,
        0x10000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
    ];

    private readonly Random _random;
    private readonly byte[][] _words;
    private readonly byte[] _buffer;
    private int _length;

    public Mutator(Random random, IReadOnlyList<string> words, int longest)
    {
        _random = random;
        _words = [.. words.Select(Encoding.UTF8.GetBytes)];
        _buffer = new byte[longest];
    }

    private Span<byte> Input => _buffer.AsSpan(0, _length);

    /// <summary>Makes an input of one of a pool, and now and then of another's parts.</summary>
    public byte[] Mutate(IReadOnlyList<byte[]> pool)
    {
        byte[] parent = pool[_random.Next(pool.Count)];
        _length = Math.Min(parent.Length, _buffer.Length);
        parent.AsSpan(0, _length).CopyTo(_buffer);
        for (int steps = _random.Next(1, MostSteps + 1); steps > 0; steps--)
            Step(pool);

        return Input.ToArray();
    }

    private void Step(IReadOnlyList<byte[]> pool)
    {
        switch (_random.Next(13))
        {
            case 0 when _length > 0:
                _buffer[_random.Next(_length)] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when _length > 0:
                _buffer[_random.Next(_length)] = (byte)_random.Next(256);
                break;
            case 2 when _length > 0:
                _buffer[_random.Next(_length)] += (byte)(_random.Next(2) == 0 ? 1 : -1);
                break;
            case 3 or 4:
                WriteNumber(Interesting[_random.Next(Interesting.Length)]);
                break;
            case 5:
                // As a length field would have it, or nearly.
                WriteNumber((uint)(_length - _random.Next(_length + 1) + _random.Next(-2, 3)));
                break;
            case 6:
                _length = _random.Next(_length + 1);
                break;
            case 7:
                Delete();
                break;
            case 8:
                InsertRandom();
                break;
            case 9:
                Insert(_random.Next(_length + 1), SliceOf(_buffer.AsSpan(0, _length).ToArray()));
                break;
            case 10:
                Splice(pool[_random.Next(pool.Count)]);
                break;
            case 11 or 12 when _words.Length > 0:
                Place(_words[_random.Next(_words.Length)]);
                break;
            case 11:
                Overwrite(SliceOf(pool[_random.Next(pool.Count)]));
                break;
        }
    }

    private void WriteNumber(uint value)
    {
        int size = 1 << _random.Next(3);
        if (_length < size)
            return;

        Span<byte> at = Input[_random.Next(_length - size + 1)..];
        bool isBigEndian = _random.Next(2) == 0;
        if (size == 1)
            at[0] = (byte)value;
        else if (size == 2 && isBigEndian)
            BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)value);
        else if (size == 2)
            BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)value);
        else if (isBigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(at, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(at, value);
    }

    private void Delete()
    {
        int start = _random.Next(_length + 1);
        int count = Math.Min(_random.Next(1, LongestRun), _length - start);
        Input[(start + count)..].CopyTo(Input[start..]);
        _length -= count;
    }

    private void InsertRandom()
    {
        byte[] run = new byte[_random.Next(1, LongestRun)];
        if (_random.Next(2) == 0)
            _random.NextBytes(run);
        else
            run.AsSpan().Fill((byte)_random.Next(256));

        Insert(_random.Next(_length + 1), run);
    }

    /// <summary>This one's beginning and the other's end.</summary>
    private void Splice(byte[] other)
    {
        _length = _random.Next(_length + 1);
        int from = _random.Next(other.Length + 1);
        Insert(_length, other.AsSpan(from));
    }

    private void Place(ReadOnlySpan<byte> word)
    {
        if (_random.Next(3) == 0)
            Overwrite(word);
        else
            Insert(_random.Next(_length + 1), word);
    }

    private void Overwrite(ReadOnlySpan<byte> with)
    {
        int start = _random.Next(_length + 1);
        with[..Math.Min(with.Length, _length - start)].CopyTo(Input[start..]);
    }

    private void Insert(int at, ReadOnlySpan<byte> run)
    {
        run = run[..Math.Min(run.Length, _buffer.Length - _length)];
        _length += run.Length;
        Input[at..^run.Length].CopyTo(Input[(at + run.Length)..]);
        run.CopyTo(Input[at..]);
    }

    private ReadOnlySpan<byte> SliceOf(byte[] from)
    {
        int start = _random.Next(from.Length + 1);
        return from.AsSpan(start, Math.Min(_random.Next(1, LongestRun), from.Length - start));
    }
}
