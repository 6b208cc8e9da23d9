namespace FastFlannel.Native.Tests;

public class SysExceptionTests
{
    [Fact]
    public void Says_what_failed_and_why()
    {
        var error = new SysException("open /dev/net/tun", Errno.EBUSY);
        Assert.Equal("cannot open /dev/net/tun: Device or resource busy", error.Message);
        Assert.Equal(Errno.EBUSY, error.Errno);
    }

    [Fact]
    public void Adds_the_kernels_own_words() => Assert.Equal(
        "cannot set mtu 9 on link 3: Invalid argument (mtu less than device minimum)",
        new SysException("set mtu 9 on link 3", Errno.EINVAL, "mtu less than device minimum").Message);

    [Theory]
    [InlineData(Errno.EAGAIN, true)]
    [InlineData(Errno.EINTR, true)]
    [InlineData(Errno.EIO, false)]
    [InlineData(0, false)]
    public void A_result_knows_whether_to_try_again(int errno, bool expected) =>
        Assert.Equal(expected, new SysResult(-1, errno).IsTransient);
}
