namespace FastFlannel.Router.Tests;

/// <summary>Compares packets by the span; the general comparison of nested lists takes minutes over megabytes.</summary>
internal static class PacketAssert
{
    public static void Equal(IReadOnlyList<byte[]> expected, IReadOnlyList<byte[]> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
            Assert.Equal(expected[i].AsSpan(), actual[i].AsSpan());
    }
}
