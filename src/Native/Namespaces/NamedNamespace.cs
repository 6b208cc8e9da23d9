using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace FastFlannel.Native;

/// <summary>A network namespace that somebody else made and gave a name, such as <c>ip netns add</c> (setns(2)).</summary>
public static class NamedNamespace
{
    /// <summary>
    /// Runs an action on a thread of its own inside a namespace, and waits for it. What the action opens, a socket or a device,
    /// stays in the namespace and may be used from anywhere afterwards. Needs CAP_SYS_ADMIN.
    /// </summary>
    /// <param name="path">The file that stands for the namespace, for example <c>/run/netns/blue</c>.</param>
    /// <param name="action">What to run. Work that it hands to other threads, such as tasks, runs outside.</param>
    /// <exception cref="SysException">The file is no namespace. What the action throws comes through as it is.</exception>
    public static void RunIn(string path, Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter(path);
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

    private static void Enter(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        if (LibC.setns((int)file.DangerousGetHandle(), LibC.CLONE_NEWNET) != 0)
            throw new SysException($"enter the network namespace {path}", Marshal.GetLastPInvokeError());
    }
}
