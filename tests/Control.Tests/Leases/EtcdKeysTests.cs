namespace FastFlannel.Control.Tests;

public class EtcdKeysTests
{
    [Theory]
    [InlineData("/coreos.com/network", "/coreos.com/network")]
    [InlineData("/coreos.com/network/", "/coreos.com/network")]
    [InlineData("//coreos.com//network", "/coreos.com/network")]
    [InlineData("x/y", "x/y")]
    [InlineData("/", "")]
    public void Slashes_in_the_prefix_do_not_matter(string prefix, string clean)
    {
        Assert.Equal(clean + "/config", EtcdKeys.Config(prefix));
        Assert.Equal(clean + "/subnets", EtcdKeys.Subnets(prefix));
    }
}
