using System.Diagnostics;
using System.Globalization;

namespace FastFlannel.Native.Tests;

/// <summary>The witness for numbers and layouts: the C compiler with the system's headers.</summary>
internal static class CCompiler
{
    private const string Prologue = """
        #define _GNU_SOURCE
        #include <stddef.h>
        #include <stdio.h>
        #include <errno.h>
        #include <poll.h>
        #include <sys/socket.h>
        #include <netinet/in.h>
        #include <netinet/udp.h>
        #include <linux/virtio_net.h>
        #include <linux/if_tun.h>
        #include <net/if.h>
        #include <linux/netlink.h>
        #include <linux/rtnetlink.h>
        #include <linux/if_link.h>
        #include <linux/if_addr.h>
        #include <linux/neighbour.h>
        int main(void)
        {

        """;

    /// <summary>Holds numbers of ours, keyed by the expressions that say the same in C, to what C says.</summary>
    public static void AssertAgrees(Dictionary<string, long> ours)
    {
        Dictionary<string, long> theirs = Evaluate(ours.Keys);
        Assert.Empty(ours
            .Where(pair => theirs[pair.Key] != pair.Value)
            .Select(pair => $"{pair.Key}: {pair.Value} != {theirs[pair.Key]}"));
    }

    /// <summary>What C takes each expression for.</summary>
    /// <param name="expressions">Integer constant expressions, for example <c>sizeof(struct msghdr)</c>.</param>
    private static Dictionary<string, long> Evaluate(IReadOnlyCollection<string> expressions)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("nl-abi-");
        try
        {
            string source = Path.Combine(directory.FullName, "abi.c");
            string program = Path.Combine(directory.FullName, "abi");
            string body = string.Concat(expressions.Select(expression => $"printf(\"%lld\\n\", (long long)({expression}));\n"));
            File.WriteAllText(source, Prologue + body + "return 0;\n}\n");
            _ = Run("cc", "-o", program, source);
            IEnumerable<long> values = Run(program)
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => long.Parse(line, CultureInfo.InvariantCulture));
            return expressions.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}");
        return output;
    }
}
