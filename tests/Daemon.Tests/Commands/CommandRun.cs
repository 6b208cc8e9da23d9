using System.CommandLine;

namespace FastFlannel.Daemon.Tests;

/// <summary>A command run inside the test, and what it printed.</summary>
internal sealed record CommandRun(int Code, string Output, string Error)
{
    /// <summary>Runs a command.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="environment">Every environment variable there is.</param>
    public static async Task<CommandRun> RunAsync(string[] arguments, params (string Name, string Value)[] environment)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = await Daemon.Commands.RunAsync(
            arguments,
            name => environment.FirstOrDefault(variable => variable.Name == name).Value,
            new InvocationConfiguration { Output = output, Error = error });
        return new CommandRun(code, output.ToString(), error.ToString());
    }
}
