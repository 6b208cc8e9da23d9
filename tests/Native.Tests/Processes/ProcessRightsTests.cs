namespace FastFlannel.Native.Tests;

public class ProcessRightsTests
{
    [Fact]
    public void The_effective_user_and_capabilities_count()
    {
        var rights = ProcessRights.Parse(
            ["Name:\tx", "Uid:\t1\t65534\t3\t4", "CapPrm:\t000001ffffffffff", "CapEff:\t0000000000001000", "CapBnd:\t000001ffffffffff"]);

        Assert.Equal(65534u, rights.UserId);
        Assert.True(rights.Has(Capability.NetAdmin));
        Assert.False(rights.Has(Capability.NetRaw));
        Assert.False(rights.Has(Capability.Bpf));
    }

    [Fact]
    public void The_kernel_says_it_of_this_process() => Assert.True(ProcessRights.Read().Has(Capability.NetAdmin));
}
