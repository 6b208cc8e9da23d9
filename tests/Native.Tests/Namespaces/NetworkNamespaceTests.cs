namespace FastFlannel.Native.Tests;

public class NetworkNamespaceTests
{
    [Fact]
    public void A_new_namespace_has_only_a_loopback_that_is_down() => NetworkNamespace.RunInNew(() =>
    {
        using var netlink = RouteNetlink.Open();
        LinkInfo link = Assert.Single(netlink.ListLinks(), link => link.IsLoopback);
        Assert.Equal("lo", link.Name);
        Assert.False(link.IsUp);
    });

    [Fact]
    public void What_the_action_throws_comes_through()
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => NetworkNamespace.RunInNew(() => throw new InvalidOperationException("as it is")));
        Assert.Equal("as it is", error.Message);
    }
}
