using BenchmarkDotNet.Running;
using FastFlannel.Perf;

if (args is ["netlink", ..])
    return NetlinkCommand.Run(args.AsSpan(1));

if (args is ["scale" or "reconcile", ..])
{
    var commands = new System.CommandLine.RootCommand { ScaleCommand.Create(), ReconcileCommand.Create() };
    return await commands.Parse(args).InvokeAsync();
}

// In this process: BenchmarkDotNet's own would need a project file with the assembly's name.
_ = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args, "--inProcess"]);
return 0;
