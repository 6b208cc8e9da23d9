using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastFlannel.Native.Tests;

public class NativeBufferTests
{
    private const int Length = 64 << 20;

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(Length)]
    public void It_begins_at_a_cache_line_and_is_zero_to_its_last_byte(int length)
    {
        using var buffer = new NativeBuffer(length);
        Assert.Equal(0ul, AddressOf(buffer) % 64);
        Assert.Equal(length, buffer.Span.Length);
        Assert.Equal(-1, buffer.Span.IndexOfAnyExcept((byte)0));
        buffer.Span[^1] = 1;
    }

    [Fact]
    public void What_was_never_used_takes_no_memory()
    {
        using var buffer = new NativeBuffer(Length);
        buffer.Span[0] = 1;
        Assert.InRange(ResidentKilobytes(AddressOf(buffer) + (Length / 2)), 0, Length / 1024 / 2);
    }

    [Fact]
    public void After_its_end_it_is_an_error_and_no_crash()
    {
        var buffer = new NativeBuffer(100);
        buffer.Dispose();
        buffer.Dispose();
        _ = Assert.Throws<ObjectDisposedException>(() => buffer.Span.Length);
    }

    private static ulong AddressOf(NativeBuffer buffer) =>
        (ulong)Unsafe.ByteOffset(in Unsafe.NullRef<byte>(), in MemoryMarshal.GetReference(buffer.Span));

    /// <summary>What of the mapping around an address is in memory (proc_pid_smaps(5)).</summary>
    private static long ResidentKilobytes(ulong address)
    {
        bool isInside = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0].Split('-') is [var from, var to] && ulong.TryParse(from, NumberStyles.HexNumber, null, out ulong start))
                isInside = start <= address && address < ulong.Parse(to, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            else if (isInside && words[0] == "Rss:")
                return long.Parse(words[1], CultureInfo.InvariantCulture);
        }

        throw new InvalidOperationException("the memory is in no mapping");
    }
}
