using System.Diagnostics.CodeAnalysis;
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

    [Fact]
    public void A_list_that_changes_between_its_parts_is_said_to_be_interrupted_and_taken_again() => TestHost.Run(host =>
    {
        int link = host.A.Index;
        KernelChange[] steady = [.. Enumerable.Range(0, Steady).Select(i => KernelChange.Add(Address(link, 0x0A400000, i)))];
        Assert.All(host.Netlink.Apply(steady), result => Assert.True(result.IsMade, result.ToString()));
        using var connection = new NetlinkConnection(NetlinkSocket.OpenRoute());
        NetlinkWriter request = connection.Begin(RtnetlinkAbi.RTM_GETADDR, NetlinkAbi.NLM_F_DUMP);
        request.Append(new AddressHeader(RtnetlinkAbi.AF_INET));

        // The kernel makes a part when the one before it is read: of so many it has not made the last when the first is looked at.
        int seen = 0;
        List<AddressInfo> listed = connection.Dump<AddressInfo>("list", request, ChangeAtFirst);

        Assert.Equal(Steady + 1, listed.Count(address => address.LinkIndex == link));
        Assert.True(seen > listed.Count, $"{seen} addresses were read for a list of {listed.Count}: it was not taken again");

        bool ChangeAtFirst(NetlinkMessage message, [MaybeNullWhen(false)] out AddressInfo address)
        {
            if (seen++ == 0)
                Assert.True(host.Netlink.AddAddress(link, Ipv4Address.Parse("10.128.0.1"), 32));

            return AddressMessages.TryParse(message, out address);
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
