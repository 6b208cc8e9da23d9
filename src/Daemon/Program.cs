using FastFlannel.Daemon;

// A word is a command; flags alone are flanneld's command line, and "run" before them changes nothing.
return args switch
{
    ["run", "--supervised", .. var flags] => Supervisor.Run(flags),
    ["run", .. var flags] => await DaemonProcess.RunAsync(flags),
    ["help"] => await DaemonProcess.RunAsync(["--help"]),
    [var first, ..] when !first.StartsWith('-') => await Commands.RunAsync(args),
    _ => await DaemonProcess.RunAsync(args),
};
