using System.Net;
using System.Text;
using FastFlannel.Control;

namespace FastFlannel.Daemon;

/// <summary>What values must be beyond their type.</summary>
internal static class OptionRules
{
    private const int LongestResync = 24 * 60 * 60;
    private const int LongestRenewMargin = (24 * 60) - 1; // a lease lives 24 hours

    /// <summary>One line a broken rule, naming flag, value and expectation.</summary>
    public static IEnumerable<string> Check(DaemonOptions options)
    {
        if (options.EtcdEndpoints.All(string.IsNullOrWhiteSpace))
            yield return "--etcd-endpoints is empty, expected a list like http://10.0.0.1:2379,http://10.0.0.2:2379";
        else if (FindEtcdProblem(options) is { } wrong)
            yield return wrong;

        foreach (string problem in options.ToInterface().FindProblems())
            yield return problem;

        if (options.SubnetFile.Length == 0)
            yield return "--subnet-file is empty, expected a path like /run/flannel/subnet.env";

        if (options.SubnetLeaseRenewMargin is < 1 or > LongestRenewMargin)
        {
            yield return $"--subnet-lease-renew-margin is {options.SubnetLeaseRenewMargin}, "
                + $"expected 1 to {LongestRenewMargin} minutes";
        }

        if (options.IptablesResync is < 1 or > LongestResync)
            yield return $"--iptables-resync is {options.IptablesResync}, expected 1 to {LongestResync} seconds";

        if (options.Takeover is not ("auto" or "never" or "require"))
            yield return $"--takeover is '{options.Takeover}', expected auto, never or require";

        int socketPath = Encoding.UTF8.GetByteCount(options.AdminSocketPath);
        if (options.SubnetFile.Length > 0 && socketPath > AdminSocket.LongestPath)
        {
            yield return $"--admin-socket is {options.AdminSocketPath}, {socketPath} bytes, expected a path of "
                + $"{AdminSocket.LongestPath} bytes at most; it lies beside --subnet-file unless you choose another";
        }

        if (options.HealthzPort is < 0 or > ushort.MaxValue)
            yield return $"--healthz-port is {options.HealthzPort}, expected a TCP port up to 65535, or 0 for none";

        if (options.HealthzPort != 0 && !IPAddress.TryParse(options.HealthzIP, out _))
            yield return $"--healthz-ip is '{options.HealthzIP}', expected an IP address like 0.0.0.0 or 127.0.0.1";
    }

    private static string? FindEtcdProblem(DaemonOptions options)
    {
        try
        {
            _ = options.ToEtcd();
            return null;
        }
        catch (FatalException e)
        {
            return e.Message;
        }
    }
}
