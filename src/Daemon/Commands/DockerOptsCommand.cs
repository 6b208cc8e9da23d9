using System.Collections;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net.Sockets;
using FastFlannel.Control;
using FastFlannel.Lab;
using FastFlannel.Native;
using Command = System.CommandLine.Command;
using CommandResult = System.CommandLine.Parsing.CommandResult;
using HelpOption = System.CommandLine.Help.HelpOption;

namespace FastFlannel.Daemon;

/// <summary><c>fastflannel docker-opts</c>: what flannel's mk-docker-opts.sh does, and the same for dockerd's configuration file.</summary>
internal static class DockerOptsCommand
{
    private const uint MainTable = 254;

    private const string Examples =
        """
        Takes the place of flannel's mk-docker-opts.sh: same letters, same files. docs/docker.md says how to use it.

        Examples:
          fastflannel docker-opts -d /run/flannel/docker_opts.env       DOCKER_OPTS, and DOCKER_OPT_BIP and the like
          fastflannel docker-opts -c -k DOCKER_NETWORK_OPTIONS -d /run/flannel/docker
          fastflannel docker-opts -i -d /dev/stdout                     to look at them
          fastflannel docker-opts --daemon-json /etc/docker/daemon.json
        """;

    private static readonly Option<string> Source = new("--subnet-file", "-f")
    {
        Description = "What the daemon wrote. Without the file there are no options, which is no error.",
        HelpName = "PATH",
    };

    private static readonly Option<string> Target = new("--output", "-d")
    {
        Description = "Where the variables go.",
        HelpName = "PATH",
        DefaultValueFactory = _ => "/run/docker_opts.env",
    };

    private static readonly Option<bool> Individual = new("--individual", "-i")
    {
        Description = "A variable for each option, and no other unless -c is given too.",
    };

    private static readonly Option<bool> Combined = new("--combined", "-c")
    {
        Description = "One variable for all options, and no other unless -i is given too.",
    };

    private static readonly Option<string> Name = new("--name", "-k")
    {
        Description = "The name of the one variable.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "DOCKER_OPTS",
        CustomParser = ParseName,
    };

    private static readonly Option<bool> NoMasquerade = new("--no-ip-masq", "-m")
    {
        Description = "Do not tell dockerd whether to masquerade.",
    };

    private static readonly Option<string?> ConfigFile = new("--daemon-json")
    {
        Description = "Set bip, mtu and ip-masq in dockerd's configuration file instead, and leave the rest.",
        HelpName = "PATH",
    };

    /// <summary>Makes the command.</summary>
    /// <param name="environment">Looks an environment variable up; null when there is none.</param>
    public static Command Create(Func<string, string?> environment)
    {
        var command = new Command("docker-opts", "Tell dockerd of this host's subnet and MTU.")
        {
            Source, Target, Individual, Combined, Name, NoMasquerade, ConfigFile,
        };
        command.Options.Add(new HelpOption { Action = new HelpWithExamples(Examples) });
        command.Validators.Add(RefuseMixture);
        command.SetAction(parsed =>
        {
            string source = parsed.GetValue(Source) ?? environment(DaemonFlags.SubnetFile.EnvironmentName)
                ?? DaemonOptions.Default.SubnetFile;
            return Guard(parsed, () => Run(parsed, source));
        });
        return command;
    }

    private static Dictionary<string, string> ReadVariables() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "");

    private static int Guard(ParseResult parsed, Func<int> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is AdministrationException or SysException)
        {
            parsed.InvocationConfiguration.Error.WriteLine($"fastflannel: {e.Message}");
            return 1;
        }
    }

    private static int Run(ParseResult parsed, string source)
    {
        var settings = DockerSettings.Read(source);
        foreach (string warning in settings.Warnings)
            parsed.InvocationConfiguration.Error.WriteLine($"warning: {warning}");

        // flannel's script says nothing then, and dockerd starts with a network of its own.
        if (settings.IsEmpty && parsed.GetValue(ConfigFile) is null)
            parsed.InvocationConfiguration.Error.WriteLine($"warning: {source} says nothing of a subnet: no options for dockerd. Does the daemon run?");

        if (parsed.GetValue(ConfigFile) is { } file)
            UpdateConfig(parsed, source, settings, file);
        else
            WriteVariables(parsed, settings);

        return WarnOfRoute(parsed, settings);
    }

    private static void UpdateConfig(ParseResult parsed, string source, DockerSettings settings, string file)
    {
        if (settings.IsEmpty)
            throw new AdministrationException($"{source} says nothing of a subnet: start the daemon first; {file} is left as it is");

        IReadOnlyList<string> changes = DockerConfigFile.Update(file, settings, !parsed.GetValue(NoMasquerade));
        foreach (string change in changes)
            parsed.InvocationConfiguration.Output.WriteLine(change);

        parsed.InvocationConfiguration.Output.WriteLine(changes.Count > 0
            ? $"{file} has changed: restart dockerd, and with it its containers"
            : $"{file} says so already");
    }

    private static void WriteVariables(ParseResult parsed, DockerSettings settings)
    {
        bool isOne = parsed.GetValue(Individual) != parsed.GetValue(Combined);
        var options = new DockerOptions
        {
            Settings = settings,
            WithMasquerade = !parsed.GetValue(NoMasquerade),
            IsIndividual = !isOne || parsed.GetValue(Individual),
            CombinedName = !isOne || parsed.GetValue(Combined) ? parsed.GetValue(Name) : null,
            Environment = ReadVariables(),
        };
        string target = parsed.GetValue(Target)!;
        try
        {
            // Not replaced in one step: it may be /dev/stdout.
            File.WriteAllText(target, options.ToText());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AdministrationException($"cannot write {target}: {e.Message}", e);
        }
    }

    /// <summary>A subnet that is routed to another host would make dockerd's bridge useless.</summary>
    private static int WarnOfRoute(ParseResult parsed, DockerSettings settings)
    {
        if (settings.Subnet is not { } subnet)
            return 0;

        using var netlink = RouteNetlink.Open();
        RouteInfo? route = netlink.ListRoutes(AddressFamily.InterNetwork).FirstOrDefault(
            route => route.Table == MainTable && route.Destination.Equals(subnet) && route.Gateway is not null);
        if (route is null)
            return 0;

        parsed.InvocationConfiguration.Error.WriteLine(
            $"Your routing table already contains the subnet: {subnet} via {route.Gateway}; delete the route (ip route del {subnet})");
        return 1;
    }

    private static void RefuseMixture(CommandResult command)
    {
        Option[] others = [Target, Individual, Combined, Name];
        if (command.GetResult(ConfigFile) is not null && others.Any(other => command.GetResult(other) is { Implicit: false }))
            command.AddError("--daemon-json writes no variables: leave out -d, -i, -c and -k");
    }

    private static string? ParseName(ArgumentResult given)
    {
        string name = given.Tokens[0].Value;
        if (name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'))
            return name;

        given.AddError($"-k is '{name}', expected a variable's name like DOCKER_OPTS");
        return null;
    }
}
