using System.Net;
using FastFlannel.Native;

namespace FastFlannel.Control.Tests;

public class OnLinkAddressesTests
{
    [Theory]
    [InlineData("192.168.0.7", true)]
    [InlineData("192.168.1.7", false)]
    [InlineData("192.168.0.200", false)]
    [InlineData("172.16.0.7", false)]
    [InlineData("fd77::7", true)]
    [InlineData("fd78::7", false)]
    public void An_address_is_on_the_link_when_its_best_route_leads_there_without_a_gateway(string address, bool isOnLink)
    {
        CurrentKernelState kernel = new TestKernel()
            .With(
                TestKernel.Route("192.168.0.200/32", TestKernel.Eth0, "192.168.0.1"),
                TestKernel.Route("172.16.0.0/24", 9),
                TestKernel.Route("172.16.0.0/25", TestKernel.Eth0, metric: 50, type: RouteType.Blackhole))
            .Now;

        Assert.Equal(isOnLink, new OnLinkAddresses(kernel, TestKernel.Eth0, TestNetwork.Config).Contains(IPAddress.Parse(address)));
    }

    [Fact]
    public void Of_two_routes_the_one_with_the_lower_metric_counts()
    {
        CurrentKernelState kernel = new TestKernel()
            .With(
                TestKernel.Route("172.16.0.0/24", TestKernel.Eth0, metric: 100),
                TestKernel.Route("172.16.0.0/24", TestKernel.Eth0, "192.168.0.1", metric: 10))
            .Now;

        Assert.False(new OnLinkAddresses(kernel, TestKernel.Eth0, TestNetwork.Config).Contains(IPAddress.Parse("172.16.0.7")));
    }
}
