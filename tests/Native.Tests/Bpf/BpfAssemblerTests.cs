using System.Runtime.InteropServices;
using static FastFlannel.Native.BpfAssembler;

namespace FastFlannel.Native.Tests;

public class BpfAssemblerTests
{
    [Fact]
    public void Instructions_are_as_the_kernel_reads_them() => Assert.Equal(
        "B700000002000000" // r0 = 2
        + "BF16000000000000" // r6 = r1
        + "6163100000000000" // r3 = *(u32 *)(r6 + 16)
        + "6B4AF8FF00000000" // *(u16 *)(r10 - 8) = r4
        + "DC04000010000000" // r4 = be16 r4
        + "8500000001000000" // call 1
        + "9500000000000000", // exit
        Bytes(new BpfAssembler()
            .Set(R0, 2).Move(R6, R1).Load(Width.Word, R3, R6, 16).Store(Width.Half, Stack, -8, R4).SwapHalf(R4)
            .Call(BpfHelper.MapLookup).Exit()));

    [Fact]
    public void A_jump_counts_the_instructions_between() => Assert.Equal(
        "1600010007000000" // if w0 == 7 goto +1
        + "0500FEFF00000000" // goto -2
        + "9500000000000000",
        Bytes(new BpfAssembler().Place("again").IfEqual(R0, 7, "end").Go("again").Place("end").Exit()));

    [Fact]
    public void A_map_takes_two_instructions() =>
        Assert.Equal("18110000090000000000000000000000", Bytes(new BpfAssembler().LoadMap(R1, 9)));

    [Fact]
    public void A_jump_to_nowhere_is_an_error() =>
        Assert.Throws<KeyNotFoundException>(() => new BpfAssembler().Go("nowhere").Build());

    private static string Bytes(BpfAssembler code)
    {
        Assert.SkipUnless(BitConverter.IsLittleEndian, "the bytes are a little-endian machine's");
        return Convert.ToHexString(MemoryMarshal.AsBytes(code.Build().AsSpan()));
    }
}
