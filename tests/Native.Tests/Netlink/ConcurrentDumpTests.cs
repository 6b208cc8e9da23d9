using System.Net.Sockets;

namespace FastFlannel.Native.Tests;

/// <summary>Lists taken while somebody else changes what is listed.</summary>
public class ConcurrentDumpTests
{
    private const int Steady = 2000; // more than one datagram holds

    [Fact]
    public void A_list_taken_during_changes_has_all_that_stayed_exactly_once() => TestHost.Run(host =>
    {
        int link = host.A.Index;
        List<KernelEntry> steady = [.. Enumerable.Range(0, Steady).Select(i => Address(link, 0x0A400000, i))];
        Assert.All(host.Netlink.Apply([.. steady.Select(KernelChange.Add)]), result => Assert.True(result.IsMade, result.ToString()));

        // The other thread's socket is opened here, in the test's namespace.
        using var other = RouteNetlink.Open();
        using var enough = new CancellationTokenSource();
        int rounds = 0;
        var changing = new Thread(() =>
        {
            while (!enough.IsCancellationRequested)
            {
                KernelChange[] changes = [.. Enumerable.Range(0, 20).Select(i => KernelChange.Add(Address(link, 0x0A000000, i)))];
                _ = other.Apply([.. changes, .. changes.Select(change => KernelChange.Delete(change.Entry))]);
                _ = Interlocked.Increment(ref rounds);
            }
        });
        changing.Start();
        try
        {
            for (int i = 0; i < 50 || Volatile.Read(ref rounds) < 50; i++)
            {
                List<AddressInfo> listed = ListSteadily(host.Netlink, link);
                Assert.Equal(Steady, listed.Count(address => address.Address.GetAddressBytes()[1] == 0x40));
            }
        }
        finally
        {
            enough.Cancel();
            changing.Join();
        }
    });

    /// <summary>A list that was interrupted ten times in a row is an error, which says so; then the next one is taken.</summary>
    private static List<AddressInfo> ListSteadily(RouteNetlink netlink, int link)
    {
        while (true)
        {
            try
            {
                return [.. netlink.ListAddresses(AddressFamily.InterNetwork, link)];
            }
            catch (SysException e) when (e.Errno == Errno.EAGAIN)
            {
                Assert.Contains("the list changed while it was read", e.Message, StringComparison.Ordinal);
            }
        }
    }

    private static AddressInfo Address(int link, uint first, int number) =>
        new(link, new Ipv4Address(first + (uint)number), 32);
}
