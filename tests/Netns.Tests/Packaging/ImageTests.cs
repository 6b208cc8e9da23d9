using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>The daemon with no more files around it than a container image has: the binary and the libraries it is linked to.</summary>
public sealed class ImageTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory().FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Hosts_in_a_root_directory_of_their_own_reach_each_other()
    {
        foreach (string file in (await BinaryLibraries.FindAsync(Cancel)).Append(DaemonBinary.Path))
        {
            string inside = file == DaemonBinary.Path ? Path.Combine(_root, "usr/bin/fastflannel") : _root + file;
            _ = Directory.CreateDirectory(Path.GetDirectoryName(inside)!);
            File.Copy(file, inside, overwrite: true);
        }

        foreach (string place in (string[])["proc", "sys", "dev", "run", "tmp"])
            _ = Directory.CreateDirectory(Path.Combine(_root, place));

        // A container engine mounts proc, sys and dev; the lab reads subnet.env below /tmp.
        DaemonOptions daemon = new()
        {
            Path = "/usr/bin/fastflannel",
            Launcher =
            [
                "unshare", "--mount", "--propagation", "private", "sh", "-euc",
                $"mount -t proc none {_root}/proc; mount -t sysfs -o ro none {_root}/sys; mount --rbind /dev {_root}/dev; "
                    + $"mount --bind {Path.GetTempPath()} {_root}/tmp; exec chroot {_root} \"$@\"",
                "sh",
            ],
        };
        await using LabCluster cluster = await LabCluster.StartAsync(
            Clusters.Default with { Hosts = 2, Daemons = [daemon, daemon] }, Cancel);
        _ = await Ping.WaitForMeshAsync(cluster.Containers, TimeSpan.FromSeconds(30), Cancel);

        // The working directory is the root, as under systemd: nothing may watch it.
        FlannelDaemon first = cluster.Hosts[0].Daemon;
        Assert.DoesNotContain(
            Directory.EnumerateFileSystemEntries($"/proc/{first.Process.Id}/fd"),
            descriptor => new FileInfo(descriptor).LinkTarget?.Contains("inotify", StringComparison.Ordinal) == true);
        int code = await first.StopAsync("TERM", Cancel);
        Assert.True(code == 0, first.DescribeLog());
    }
}
