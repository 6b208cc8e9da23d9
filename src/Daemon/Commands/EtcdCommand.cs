using System.CommandLine;
using System.CommandLine.Help;
using FastFlannel.Control;
using FastFlannel.Lab;
using Spectre.Console;
using Command = System.CommandLine.Command;

namespace FastFlannel.Daemon;

/// <summary>What commands have in common that work on etcd: its flags, help with examples, and how failures are told.</summary>
internal static class EtcdCommand
{
    private const int Failed = 1;

    /// <summary>Completes a command.</summary>
    /// <param name="command">With its own arguments and options.</param>
    /// <param name="examples">For its help.</param>
    /// <param name="flags">Which flags of the daemon it takes.</param>
    /// <param name="work">What it does; gives the exit code.</param>
    /// <returns>The command. When the work cannot be done, standard error says why, and the exit code is 1.</returns>
    public static Command Complete(
        Command command, string examples, FlagOptions flags, Func<ParseResult, CancellationToken, Task<int>> work)
    {
        flags.AddTo(command);
        command.Options.Add(new HelpOption { Action = new HelpWithExamples(examples) });
        command.SetAction(GuardAsync);
        return command;

        async Task<int> GuardAsync(ParseResult parsed, CancellationToken cancellation)
        {
            try
            {
                return await work(parsed, cancellation);
            }
            catch (Exception e) when (e is AdministrationException or EtcdException or FatalException)
            {
                Terminal.ErrorsOf(parsed).WriteLine($"fastflannel: {e.Message}", new Style(Color.Red));
                return Failed;
            }
        }
    }

    /// <summary>A connection to the etcd that the flags name.</summary>
    /// <exception cref="FatalException">A flag cannot be used.</exception>
    public static EtcdStore Connect(ParseResult parsed, FlagOptions flags)
    {
        EtcdSettings settings = flags.Read(parsed).ToEtcd();
        Warn(parsed, settings.Warnings);
        return new EtcdStore(settings, TimeProvider.System);
    }

    /// <summary>Prints warnings on standard error.</summary>
    public static void Warn(ParseResult parsed, IEnumerable<string> warnings)
    {
        foreach (string warning in warnings)
            Terminal.ErrorsOf(parsed).WriteLine($"warning: {warning}", new Style(Color.Yellow));
    }
}
