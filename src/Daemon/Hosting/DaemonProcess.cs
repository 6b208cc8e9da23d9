using System.Net;
using System.Reflection;
using FastFlannel.Control;
using FastFlannel.Native;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace FastFlannel.Daemon;

/// <summary>The daemon as a process: command line in, services wired, exit code out.</summary>
internal static class DaemonProcess
{
    /// <summary>The release, as <c>--version</c> prints it.</summary>
    public static string Version =>
        Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static async Task<int> RunAsync(string[] arguments)
    {
        switch (CommandLine.Parse(arguments, Environment.GetEnvironmentVariable, Version))
        {
            case CommandLineResult.Exit exit:
                return Print(exit);
            case CommandLineResult.Start start:
                return await RunAsync(start);
            default:
                throw new InvalidOperationException("a command line has no other result");
        }
    }

    private static int Print(CommandLineResult.Exit exit)
    {
        try
        {
            Console.Out.Write(exit.Output);
            Console.Error.Write(exit.Error);
            return exit.Code;
        }
        catch (IOException e)
        {
            Console.Error.WriteLine($"fastflannel: cannot print: {e.Message}");
            return 1;
        }
    }

    private static async Task<int> RunAsync(CommandLineResult.Start start)
    {
        using var logs = new KlogProvider(TimeProvider.System, LevelOf(start.Options.Verbosity));
        ILogger logger = logs.CreateLogger(nameof(DaemonProcess));
        string changes = start.Options.DescribeChanges();
        logger.Starting(Version, changes.Length > 0 ? $"{changes}, all other flags as by default" : "all flags as by default");
        logger.AllFlags(start.Options.Describe());
        foreach (string warning in start.Warnings)
            logger.OptionWarning(warning);

        try
        {
            NodeOptions node = ToNode(start.Options);
            foreach (string warning in node.Etcd.Warnings)
                logger.OptionWarning(warning);

            // What lies beside it needs the same right, and would say less of it.
            new HostRights(ProcessRights.Read()).RequireSubnetFile(node.SubnetFile);
            var service = new ServiceDescriptors(Environment.GetEnvironmentVariable, Environment.ProcessId);
            foreach (string variable in ServiceDescriptors.Variables)
                Environment.SetEnvironmentVariable(variable, null);

            using var predecessor = Predecessor.Find(start.Options, service, logger);
            using IHost host = Build(start.Options, node, predecessor, new KeptDescriptors(service), logs);
            await host.StartAsync();
            await host.WaitForShutdownAsync();
            return host.Services.GetRequiredService<NodeService>().ExitCode;
        }
        catch (FatalException e)
        {
            logger.Fatal(e.Message);
            return 1;
        }
    }

    private static IHost Build(
        DaemonOptions options, NodeOptions node, Predecessor predecessor, KeptDescriptors kept, KlogProvider logs)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Logging.SetMinimumLevel(LevelOf(options.Verbosity)).AddFilter("Microsoft", LogLevel.Warning).AddProvider(logs);
        builder.Services
            .Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true)
            .AddSingleton(TimeProvider.System)
            .AddSingleton<ISystemdNotifier, LenientNotifier>()
            .AddSingleton(WatchdogInterval.Of(Environment.GetEnvironmentVariable, Environment.ProcessId))
            .AddSingleton<Readiness>()
            .AddSingleton<NodeStatus>()
            .AddSingleton<Pulse>()
            .AddSingleton(node)
            .AddSingleton(predecessor)
            .AddSingleton<IPredecessor>(predecessor)
            .AddSingleton(kept)
            .AddSingleton<Succession>()
            .AddSingleton<NodeLifecycle>()
            .AddSingleton<NodeService>();

        // First, so that a socket or port that is taken is known before anything else is touched.
        builder.Services.AddHostedService(s => ActivatorUtilities.CreateInstance<AdminServer>(
            s, options.AdminSocketPath, options.EtcdPrefix));
        if (HealthEndpoint(options) is { } endpoint)
            builder.Services.AddHostedService(s => ActivatorUtilities.CreateInstance<HealthService>(s, endpoint));

        builder.Services.AddHostedService(s => s.GetRequiredService<NodeService>()).AddHostedService<ServiceManager>();
        return builder.Build();
    }

    private static NodeOptions ToNode(DaemonOptions options) => new(
        options.ToEtcd(),
        options.ToInterface(),
        options.SubnetFile,
        TimeSpan.FromMinutes(options.SubnetLeaseRenewMargin),
        new FirewallOptions(
            options.IpMasq,
            !options.IpMasqFullyRandomDisable,
            options.IptablesForwardRules,
            options.IpBlackholeRoute,
            TimeSpan.FromSeconds(options.IptablesResync)));

    private static IPEndPoint? HealthEndpoint(DaemonOptions options) =>
        options.HealthzPort == 0 ? null : new IPEndPoint(IPAddress.Parse(options.HealthzIP), options.HealthzPort);

    // klog's numbers: 1 and more explain, 4 and more trace.
    private static LogLevel LevelOf(int verbosity) => verbosity switch
    {
        <= 0 => LogLevel.Information,
        < 4 => LogLevel.Debug,
        _ => LogLevel.Trace,
    };
}
