using FastFlannel.Daemon;

// A word is a command; flags alone are flanneld's command line.
return args is [var first, ..] && !first.StartsWith('-')
    ? await Commands.RunAsync(args)
    : await DaemonProcess.RunAsync(args);
