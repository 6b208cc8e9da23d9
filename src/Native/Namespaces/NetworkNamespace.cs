using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>Network namespaces (network_namespaces(7)): each has links, addresses, routes and sockets of its own.</summary>
public static class NetworkNamespace
{
    /// <summary>
    /// Runs an action on a thread of its own, in a new and empty namespace, and waits for it. The namespace has no name, and
    /// vanishes with the thread and with the last socket opened in it. Needs CAP_SYS_ADMIN.
    /// </summary>
    /// <param name="action">What to run. Work handed to other threads, such as tasks, runs outside of the namespace.</param>
    /// <exception cref="SysException">The kernel gave no namespace. What the action throws comes through as it is.</exception>
    public static void RunInNew(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                if (LibC.unshare(LibC.CLONE_NEWNET) != 0)
                    throw new SysException("make a network namespace", Marshal.GetLastPInvokeError());

                action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
