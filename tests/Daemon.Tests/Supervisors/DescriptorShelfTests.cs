using FastFlannel.Native;

namespace FastFlannel.Daemon.Tests;

public class DescriptorShelfTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public void Its_socket_has_no_name_and_is_reached_all_the_same()
    {
        using var shelf = new DescriptorShelf();
        Assert.Empty(Directory.EnumerateDirectories(Path.GetTempPath(), "fastflannel-notify-*"));

        using var kept = WakeEvent.Create();
        using BorrowedDescriptor place = shelf.Place.Borrow();
        string path = HeldFile.PathOf(place.Number);
        NotifySocket.Send(path, "FDSTORE=1\nFDNAME=tun.0", [kept]);
        Assert.True(shelf.TryRead(Limit));
        Assert.Equal("tun.0", Assert.Single(shelf.Held).Key);
        NotifySocket.Send(path, "FDSTOREREMOVE=1\nFDNAME=tun.0", []);
        Assert.True(shelf.TryRead(Limit));
        Assert.Empty(shelf.Held);
    }
}
