namespace FastFlannel.Native.Tests;

public class ChildProcessTests
{
    [Fact]
    public void A_child_has_the_descriptors_it_is_given_and_the_environment()
    {
        using var first = Signal.Create();
        using var second = Signal.Create();
        Signal[] given = [first, second, first];
        ChildProcess child = ChildProcess.Start(
            "/bin/sh",
            ["sh", "-c", "test -e /proc/$$/fd/3 && test -e /proc/$$/fd/5 && test ! -e /proc/$$/fd/6 && exit $CODE"],
            ["CODE=42"],
            given);
        Assert.Equal(42, child.Wait());
    }

    [Fact]
    public void A_signal_that_ends_it_is_told()
    {
        ChildProcess child = ChildProcess.Start("/bin/sleep", ["sleep", "60"], [], []);
        child.Kill(9);
        Assert.Equal(128 + 9, child.Wait());
    }

    [Fact]
    public void A_program_that_is_not_there_is_an_error()
    {
        SysException error = Assert.Throws<SysException>(() => ChildProcess.Start("/nowhere/at/all", ["x"], [], []));
        Assert.Equal(Errno.ENOENT, error.Errno);
        Assert.Contains("/nowhere/at/all", error.Message, StringComparison.Ordinal);
    }
}
