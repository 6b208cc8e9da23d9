namespace FastFlannel.Native.Tests;

public sealed class BpfMapTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("0\n", 1)]
    [InlineData("0-3\n", 4)]
    [InlineData("0,2-127\n", 128)]
    public void Processors_are_counted_up_to_the_last_that_may_come(string text, int expected)
    {
        File.WriteAllText(_path, text);
        Assert.Equal(expected, BpfMap.CountPossible(_path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("many\n")]
    [InlineData("0-\n")]
    public void A_file_that_says_something_else_is_a_failure_like_any_other(string text)
    {
        File.WriteAllText(_path, text);
        SysException error = Assert.Throws<SysException>(() => BpfMap.CountPossible(_path));
        Assert.Contains($"{_path} has '{text.Trim()}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void So_is_none()
    {
        SysException error = Assert.Throws<SysException>(() => BpfMap.CountPossible("/nowhere/possible"));
        Assert.Equal(Errno.ENOENT, error.Errno);
        Assert.Contains("no /nowhere/possible", error.Message, StringComparison.Ordinal);
    }
}
